import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../src/program.ts';
import { fieldLocator } from '../src/validate/field-locator.ts';
import { renderJunit } from '../src/validate/render-junit.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'heddle-validate-'));
  await mkdir(path.join(folder, 'bad/.git'), { recursive: true });
  await mkdir(path.join(folder, 'good'));
  await mkdir(path.join(folder, 'doubtful'));
  await writeFile(path.join(folder, 'good/a.yaml'), pool + vpc('vpc-1', '10.0.1.0/24', 1001) + vpc('vpc-2', '10.0.2.0/24', 1002));
  await writeFile(path.join(folder, 'good/README.md'), 'no manifest');
  await writeFile(path.join(folder, 'doubtful/v.yaml'), 'apiVersion: wiring.githedgehog.com/v1beta1\nkind: VLANNamespace\nmetadata: {name: vlans}\nspec: {ranges: [{from: 4000, to: 4010}]}\n');
  await writeFile(path.join(folder, 'bad/a b.yaml'), `# two\n${vpc('vpc-1', '10.0.1.0/24', 1001)}${vpc('vpc-2', '10.0.1.128/25', 1002)}`);
  await writeFile(path.join(folder, 'bad/c.yaml'), `${vpc('vpc-1', '10.0.3.0/24', 1003)}---\napiVersion: vpc.githedgehog.com/v9\nkind: VPC\nmetadata: {name: x}\n---\na: [\n`);
  await writeFile(path.join(folder, 'bad/d.yaml'), 'apiVersion: vpc.githedgehog.com/v1beta1\nkind: VPCAttachment\nmetadata: {name: at}\nspec: {subnet: vpc-2/b, connection: c-1}\n');
  await writeFile(path.join(folder, 'bad/.git/config.yaml'), 'never: read');
  await symlink('/etc/passwd', path.join(folder, 'bad/link.yaml'));
});
afterAll(() => rm(folder, { recursive: true }));

const pool = 'apiVersion: vpc.githedgehog.com/v1beta1\nkind: IPv4Namespace\nmetadata:\n  name: default\nspec:\n  subnets: [10.0.0.0/16]\n';
const vpc = (name: string, subnet: string, vlan: number) => `---\napiVersion: vpc.githedgehog.com/v1beta1\nkind: VPC\nmetadata:\n  name: ${name}\nspec:\n  subnets:\n    default:\n      subnet: ${subnet}\n      vlan: ${vlan}\n`;

async function run(...words: string[]): Promise<{ text: string; code: number }> {
  let text = '';
  let code = 0;
  // No address and no token: nothing is asked of any server.
  const program = createProgram({ env: {}, out: { write: (part) => { text += part; } }, exit: (given) => { code = given; } });
  await program.exitOverride().parseAsync(words, { from: 'user' });
  return { text, code };
}

describe('heddle validate', () => {
  it('says nothing of a clean directory', async () => {
    expect(await run('validate', path.join(folder, 'good'))).toEqual({ text: '3 documents in 1 files: no findings.\n', code: 0 });
  });

  it('names file, line and column of each fault', async () => {
    const { text, code } = await run('validate', path.join(folder, 'bad'));
    expect(code).toBe(1);
    expect(text.split('\n').filter((line) => !line.startsWith('    '))).toEqual([
      'a b.yaml:10:7: error: VPC/vpc-1: 10.0.1.0/24 overlaps a subnet of VPC vpc-2 in IPv4Namespace default (spec.subnets.default.subnet) [clash-subnet]',
      'a b.yaml:20:7: error: VPC/vpc-2: 10.0.1.128/25 overlaps a subnet of VPC vpc-1 in IPv4Namespace default (spec.subnets.default.subnet) [clash-subnet]',
      'c.yaml:2:1: error: VPC/vpc-1: VPC vpc-1 stands twice: in a b.yaml:3 and in c.yaml:2. [duplicate-object]',
      'c.yaml:12:1: error: VPC/x: VPC has no version vpc.githedgehog.com/v9. (apiVersion) [version-unknown]',
      expect.stringMatching(/^c\.yaml:17:1: error: .* \[yaml-syntax\]$/),
      'd.yaml:4:8: error: VPCAttachment/at: VPC vpc-2 has no subnet b (spec.subnet) [reference-part-missing]',
      'link.yaml:1:1: error: A symbolic link is not followed. [symlink]',
      '7 documents in 4 files: 7 errors, 0 warnings.',
      '',
    ]);
  });

  it('takes warnings for errors only when told so', async () => {
    const directory = path.join(folder, 'doubtful');
    expect((await run('validate', directory)).code).toBe(0);
    expect((await run('validate', '--strict', directory)).code).toBe(1);
    expect(await run('validate', '--strict', '--ignore', 'vlan-namespace-silicon', directory)).toMatchObject({ code: 0 });
    await expect(run('validate', path.join(folder, 'nowhere'))).rejects.toThrow(/ENOENT/);
  });

  it('prints SARIF with rules, places and fingerprints', async () => {
    const log = JSON.parse((await run('-o', 'sarif', 'validate', path.join(folder, 'bad'))).text);
    expect(log).toMatchObject({ version: '2.1.0', runs: [{ tool: { driver: { name: 'heddle' } }, columnKind: 'utf16CodeUnits' }] });
    const [{ tool: { driver: { rules } }, results }] = log.runs;
    expect(results).toHaveLength(7);
    for (const result of results) {
      expect(rules[result.ruleIndex].id).toBe(result.ruleId);
      expect(['error', 'warning', 'note', 'none']).toContain(result.level);
      expect(result.locations[0].physicalLocation.region.startLine).toBeGreaterThan(0);
    }
    expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('a%20b.yaml');
    expect(new Set(results.map((result: { partialFingerprints: Record<string, string> }) => result.partialFingerprints['heddle/v1'])).size).toBe(7);
  });

  it('prints JUnit with a test for each document', async () => {
    const { text } = await run('-o', 'junit', 'validate', path.join(folder, 'bad'));
    expect(text).toContain('<testsuites name="heddle validate" tests="7" failures="7" errors="0" time="0">');
    expect(text).toContain('<testsuite name="a b.yaml" tests="2" failures="2" errors="0" skipped="0" time="0">');
    const awkward = { path: 'a.yaml', line: 1, column: 1, severity: 'warning' as const, rule: 'r', message: '<&"\u0001>', remedy: 'x' };
    expect(renderJunit({ directory: 'd', files: 1, documents: [{ path: 'a.yaml', line: 1, kind: null, name: null, findings: [awkward] }] }, false)).toContain('failures="0"');
    expect(renderJunit({ directory: 'd', files: 1, documents: [{ path: 'a.yaml', line: 1, kind: null, name: null, findings: [awkward] }] }, true)).toContain('message="&lt;&amp;&quot;&gt;"');
  });

  it('leaves the other commands their formats', async () => {
    await expect(run('-o', 'sarif', 'get', 'lab')).rejects.toThrow(/sarif/);
  });
});

describe('fieldLocator', () => {
  const text = 'a: 1\n---\nspec:\n  list:\n    - seq: 5\n    - seq: 10\n      action: x\n  links:\n    - server: {port: s/1}\n';
  const locate = fieldLocator(text);

  it.each([['spec', 3, 1], ['spec.list[seq=10].action', 7, 7], ['spec.list[seq=10].missing', 6, 7], ['spec.links[server.port=s/1].server.port', 9, 16], ['spec.list[3]', 4, 3]])('finds %s', (field, line, column) => {
    expect(locate(1, field)).toEqual({ line, column });
  });

  it('finds nothing of what is not there', () => {
    expect(locate(1, 'metadata.name')).toBeUndefined();
  });
});
