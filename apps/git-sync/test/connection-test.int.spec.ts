import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryCreate, repositoryTest, type ConnectionTest } from '@heddle/contracts';
import { makeWorkRepo, startGitServer, startSshGitServer, type GitServer, type SshGitServer } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitSyncHarness } from './git-sync-harness.ts';
import { makeCertificates, type Certificates } from './make-certificates.ts';

const token = randomBytes(20).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'heddle-connection-'));
let certificates: Certificates;
let server: GitServer;
let ssh: SshGitServer;
let harness: GitSyncHarness;

beforeAll(async () => {
  certificates = makeCertificates(folder);
  server = await startGitServer({ repos: ['network'], auth: { password: token }, tls: certificates.server });
  ssh = await startSshGitServer({ repos: ['network'] });
  for (const path of [server.path('network'), ssh.path('network')]) {
    const work = await makeWorkRepo(path);
    await work.publish({ 'fabric/a.yaml': 'a: 1\n' });
    work.remove();
  }
  harness = await GitSyncHarness.start({ HEDDLE_GIT_CONNECT_SECONDS: '2' });
});

afterAll(async () => {
  await harness?.stop();
  await Promise.all([server?.close(), ssh?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

let names = 0;
async function test(spec: object, asked: { branch?: string; directory?: string } = {}): Promise<ConnectionTest> {
  const name = `r${names++}`;
  const credentials = { type: 'token' as const, token };
  await harness.bus.ask(repositoryCreate, { name, url: server.url('network'), certificateAuthority: certificates.authority, credentials, ...spec });
  return harness.bus.ask(repositoryTest, { repository: name, ...asked });
}

const statuses = (result: ConnectionTest) => Object.fromEntries(result.steps.map(({ step, status }) => [step, status]));
const failed = (result: ConnectionTest) => result.steps.find(({ status }) => status === 'failed');

describe('test-connection', () => {
  it('passes every step over TLS with an own authority', async () => {
    const result = await test({}, { branch: 'main', directory: 'fabric' });
    expect(result.ok).toBe(true);
    expect(statuses(result)).toEqual({ resolve: 'passed', connect: 'passed', tls: 'passed', authenticate: 'passed', 'list-branches': 'passed', branch: 'passed', directory: 'passed' });
  });

  it('passes over SSH without TLS', async () => {
    const result = await test({ url: ssh.url('network'), certificateAuthority: undefined, credentials: { type: 'ssh', privateKey: ssh.clientKey, knownHosts: ssh.knownHosts } }, { directory: 'fabric' });
    expect(statuses(result)).toMatchObject({ tls: 'skipped', authenticate: 'passed', directory: 'passed' });
  });

  it.each([
    ['resolve', { url: 'https://no-such-host.invalid/x.git' }, {}],
    ['connect', { url: 'https://127.0.0.1:1/x.git' }, {}],
    ['tls', { certificateAuthority: undefined }, {}],
    ['authenticate', { credentials: { type: 'token', token: 'wrong-token-value' } }, {}],
    ['branch', {}, { branch: 'gone' }],
    ['directory', {}, { directory: 'nowhere' }],
  ])('names the step %s that fails, with a remedy', async (step, spec, asked) => {
    const result = await test(spec, asked);
    expect(result.ok).toBe(false);
    expect(failed(result)).toMatchObject({ step, remedy: expect.stringMatching(/\w+/) as string });
    const after = result.steps.slice(result.steps.findIndex((each) => each.step === step) + 1);
    expect(after.every(({ status }) => status === 'skipped')).toBe(true);
    expect(JSON.stringify(result)).not.toMatch(new RegExp(`${token}|wrong-token-value`));
  });

  it('names a repository that does not exist', async () => {
    expect(failed(await test({ url: `${server.baseUrl}/nothing.git` }))).toMatchObject({ step: 'list-branches' });
  });

  it('refuses what cannot be a repository, field by field', async () => {
    const bad = { name: 'bad', url: 'file:///etc', credentials: { type: 'basic', username: 'a\nb', password: 'x' }, defaultBranch: '-x', certificateAuthority: 'no' } as const;
    const error = await harness.bus.ask(repositoryCreate, bad).then(() => null, (reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'invalid', code: 'GIT-002' });
    expect((error as { errors: { field: string }[] }).errors.map(({ field }) => field).sort()).toEqual(['certificateAuthority', 'credentials.username', 'defaultBranch', 'url']);
  });
});
