import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gadgetCrd } from '../contract/gadget.ts';
import { startKubeSandbox, type KubeSandbox } from '../src/index.ts';

const run = promisify(execFile);

function hasKubectl(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

if (hasKubectl()) describe('kubectl', kubectlWorks);
else {
  describe('kubectl', () => {
    it('is not on this machine', () => expect(hasKubectl()).toBe(false));
  });
}

function kubectlWorks(): void {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-kubectl-'));
  let sandbox: KubeSandbox;

  const file = (name: string, content: unknown): string => {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    return join(folder, name);
  };
  const base = () => ['--kubeconfig', join(folder, 'kubeconfig'), '--cache-dir', join(folder, 'cache')];
  /** Standard output; a failure throws with kubectl's words. */
  const kubectl = async (...args: string[]): Promise<string> => (await run('kubectl', [...args, ...base()], { timeout: 20_000 })).stdout.trim();

  const gadget = (size: number, more: object = {}) => ({
    apiVersion: 'tools.heddle.test/v1',
    kind: 'Gadget',
    metadata: { name: 'one' },
    spec: { title: 't', size, ...more },
  });

  beforeAll(async () => {
    sandbox = await startKubeSandbox({ faults: false });
    file('kubeconfig', sandbox.kubeconfig());
    await kubectl('apply', '-f', file('crd.json', gadgetCrd('tools.heddle.test', 'gadgets', 'Gadget')));
    await kubectl('wait', '--for', 'condition=established', 'crd/gadgets.tools.heddle.test', '--timeout', '10s');
  });

  afterAll(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lists the kinds it finds', async () => {
    const kinds = await kubectl('api-resources', '--api-group', 'tools.heddle.test', '--no-headers');
    expect(kinds).toMatch(/^gadgets\s+tools\.heddle\.test\/v1\s+true\s+Gadget$/);
  });

  it('applies, changes and applies again without effect', async () => {
    expect(await kubectl('apply', '-f', file('one.json', gadget(3, { tags: ['a'] })))).toContain('created');
    expect(await kubectl('apply', '-f', file('one.json', gadget(4)))).toContain('configured');
    expect(await kubectl('apply', '-f', file('one.json', gadget(4)))).toContain('unchanged');
    const spec = JSON.parse(await kubectl('get', 'gadget', 'one', '-o', 'jsonpath={.spec}')) as object;
    expect(spec).toEqual({ title: 't', size: 4, color: 'red' });
  });

  it('applies on the server side and shows a conflict', async () => {
    await kubectl('apply', '--server-side', '--field-manager', 'git', '-f', file('two.json', { ...gadget(5), metadata: { name: 'two' } }));
    const other = file('two.json', { ...gadget(6), metadata: { name: 'two' } });
    await expect(kubectl('apply', '--server-side', '--field-manager', 'hand', '-f', other)).rejects.toThrow(/conflict with "git"[^]*\.spec\.size/);
    await kubectl('apply', '--server-side', '--field-manager', 'hand', '--force-conflicts', '-f', other);
    expect(await kubectl('get', 'gadget', 'two', '-o', 'jsonpath={.spec.size}')).toBe('6');
  });

  it('refuses a field that the schema does not know', async () => {
    const unknown = file('bad.json', { ...gadget(1, { bogus: true }), metadata: { name: 'bad' } });
    await expect(kubectl('apply', '-f', unknown)).rejects.toThrow(/unknown field "spec.bogus"/);
  });

  it('shows what would change', async () => {
    const changed = file('one.json', gadget(9));
    await expect(kubectl('diff', '-f', changed)).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('+  size: 9') as string });
  });

  it('prints a table, YAML and a patch', async () => {
    expect(await kubectl('get', 'gadgets', 'one', '--no-headers')).toMatch(/^one\s+\d+s$/);
    expect(await kubectl('get', 'gadgets', '-A', '-o', 'name')).toContain('gadget.tools.heddle.test/one');
    await kubectl('patch', 'gadget', 'one', '--type', 'merge', '-p', '{"spec":{"size":7}}');
    await kubectl('label', 'gadget', 'one', 'lane=a');
    expect(await kubectl('get', 'gadget', '-l', 'lane=a', '-o', 'yaml')).toContain('size: 7');
  });

  it('follows a watch', async () => {
    const watch = spawn('kubectl', ['get', 'gadgets', '-w', '--no-headers', '-o', 'name', ...base()]);
    try {
      const seen = new Promise<string>((resolve) => {
        let text = '';
        watch.stdout.on('data', (chunk: Buffer) => {
          text += String(chunk);
          if (text.includes('watched')) resolve(text);
        });
      });
      await kubectl('apply', '-f', file('watched.json', { ...gadget(1), metadata: { name: 'watched' } }));
      expect(await seen).toContain('gadget.tools.heddle.test/watched');
    } finally {
      watch.kill();
    }
  });

  it('creates built-in kinds, which it sends as protobuf', async () => {
    await kubectl('create', 'namespace', 'made');
    await kubectl('create', 'configmap', 'settings', '--from-literal', 'a=b', '-n', 'made');
    expect(await kubectl('get', 'configmap', 'settings', '-n', 'made', '-o', 'jsonpath={.data.a}')).toBe('b');
    await kubectl('create', 'serviceaccount', 'reader', '-n', 'made');
    const token = await kubectl('create', 'token', 'reader', '-n', 'made');
    await expect(kubectl('get', 'configmaps', '-n', 'made', '--token', token)).rejects.toThrow(/cannot list resource "configmaps"/);
    await kubectl('create', 'role', 'read', '--verb', 'list', '--resource', 'configmaps', '-n', 'made');
    await kubectl('create', 'rolebinding', 'read', '--role', 'read', '--serviceaccount', 'made:reader', '-n', 'made');
    expect(await kubectl('get', 'configmaps', '-n', 'made', '--token', token, '-o', 'name')).toBe('configmap/settings');
  });

  it('deletes and waits until all is gone', async () => {
    await kubectl('delete', 'gadget', 'one', 'two', '--timeout', '10s');
    await kubectl('delete', 'namespace', 'made', '--timeout', '10s');
    await kubectl('delete', 'crd', 'gadgets.tools.heddle.test', '--timeout', '10s');
    await expect(kubectl('get', 'gadgets')).rejects.toThrow(/doesn't have a resource type|could not find the requested resource/);
  });
}
