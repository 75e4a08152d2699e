import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitEnvironment, makeWorkRepo, startGitServer, startSshGitServer } from '../src/index.ts';

const run = promisify(execFile);
let folder: string;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-clone-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

describe('startGitServer', () => {
  it('serves a pushed file to the holder of the token', async () => {
    const server = await startGitServer({ repos: ['network'], auth: { password: 't0ken' } });
    closing.push(server.close);
    const work = await makeWorkRepo(server.url('network').replace('//', '//git:t0ken@'));
    closing.push(work.remove);
    const commit = await work.publish({ 'fabric/vpc.yaml': 'kind: VPC\n' });
    server.resetCounts();

    await run('git', ['clone', '--quiet', server.url('network').replace('//', '//any:t0ken@'), join(folder, 'clone')], { env: gitEnvironment });

    expect(readFileSync(join(folder, 'clone/fabric/vpc.yaml'), 'utf8')).toBe('kind: VPC\n');
    expect(server.counts).toMatchObject({ lsRefs: 1, fetch: 1, push: 0 });
    expect(await work.git('rev-parse', 'HEAD')).toBe(commit);
  });

  it('refuses a wrong token and counts the refusal', async () => {
    const server = await startGitServer({ repos: ['network'], auth: { password: 't0ken' } });
    closing.push(server.close);
    await expect(run('git', ['ls-remote', server.url('network').replace('//', '//any:wrong@')], { env: gitEnvironment })).rejects.toThrow(/Authentication failed/);
    expect(server.counts.refused).toBeGreaterThan(0);
    expect(server.counts.lsRefs).toBe(0);
  });

  it('answers with the fault that it was told', async () => {
    const server = await startGitServer({ repos: ['network'] });
    closing.push(server.close);
    server.failWith(503);
    await expect(run('git', ['ls-remote', server.url('network')], { env: gitEnvironment })).rejects.toThrow(/503/);
  });
});

describe('startSshGitServer', () => {
  it('serves a pushed file to the holder of the key', async () => {
    const server = await startSshGitServer({ repos: ['network'] });
    closing.push(server.close);
    const work = await makeWorkRepo(server.path('network'));
    closing.push(work.remove);
    const commit = await work.publish({ 'fabric/vpc.yaml': 'kind: VPC\n' });
    writeFileSync(join(folder, 'key'), server.clientKey, { mode: 0o600 });
    writeFileSync(join(folder, 'known_hosts'), `${server.knownHosts}\n`);
    const ssh = `ssh -F /dev/null -i ${folder}/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${folder}/known_hosts`;
    const { stdout } = await run('git', ['ls-remote', server.url('network')], { env: { ...gitEnvironment, GIT_SSH_COMMAND: ssh } });
    expect(stdout).toContain(commit);
    expect(server.commands).toEqual(["git-upload-pack '/network.git'"]);
  });
});
