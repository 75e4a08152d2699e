import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { RepositoryCredentials } from '@heddle/contracts';
import { eventually, makeWorkRepo, startGitServer, startSshGitServer, type GitServer, type SshGitServer, type WorkRepo } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitFailure } from '../src/git/git-failure.ts';
import { parseGitUrl } from '../src/git/git-url.ts';
import { Mirror } from '../src/git/mirror.ts';
import { RemoteSession, type Remote, type RemoteContext } from '../src/git/remote-session.ts';
import { makeCertificates, type Certificates } from './make-certificates.ts';

const token = randomBytes(20).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'heddle-mirror-'));
const context: RemoteContext = {
  runFolder: join(folder, 'run'), path: process.env['PATH']!, resolve: (host) => Promise.resolve(host.replace(/^localhost$/, '127.0.0.1')),
  limits: { connectTimeoutMs: 2_000, maxTransferBytes: 100_000_000 },
};
const limits = { listMs: 10_000, fetchMs: 20_000, readMs: 10_000, maxOutputBytes: 10_000_000, packs: 50 };
let certificates: Certificates;
let plain: GitServer;
let secure: GitServer;
let ssh: SshGitServer;
let work: WorkRepo;
let mirrors = 0;

beforeAll(async () => {
  certificates = makeCertificates(folder);
  plain = await startGitServer({ repos: ['network'], auth: { password: token } });
  secure = await startGitServer({ repos: ['network'], auth: { username: 'bob', password: token }, tls: certificates.server });
  ssh = await startSshGitServer({ repos: ['network'] });
  work = await makeWorkRepo(plain.path('network'));
  for (const path of [secure.path('network'), ssh.path('network')]) await work.git('remote', 'add', `r${path.length}-${mirrors++}`, path);
  await publish({ 'fabric/a.yaml': 'a: 1\n', 'fabric/b.yaml': 'b: 1\n', 'other/c.yaml': 'c: 1\n' });
}, 60_000);

afterAll(async () => {
  await Promise.all([plain?.close(), secure?.close(), ssh?.close()]);
  work?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function publish(files: Record<string, string | null>): Promise<string> {
  work.write(files);
  const id = await work.commit('change');
  for (const remote of (await work.git('remote')).split('\n')) await work.git('push', '--quiet', '--force', remote, 'HEAD:refs/heads/main');
  return id;
}

function remote(url: string, credentials: RepositoryCredentials, certificateAuthority: string | null = null): Remote {
  return { url: parseGitUrl(url), credentials, certificateAuthority };
}

async function newMirror(): Promise<Mirror> {
  const mirror = new Mirror(join(folder, `mirror-${mirrors++}`), process.env['PATH']!, limits);
  await mirror.ensure();
  return mirror;
}

/** Lists, fetches, reads one file: the way that each kind of credentials has to get through. */
async function readThrough(target: Remote): Promise<string> {
  const mirror = await newMirror();
  return RemoteSession.use(target, context, async (session) => {
    const heads = await mirror.listBranches(session, ['main']);
    await mirror.fetchBranches(session, ['main']);
    const reader = mirror.reader();
    const directory = await reader.info(`${heads.get('main')}:fabric`);
    const [file] = await mirror.listTree(directory!.oid);
    await mirror.fetchBlobs(session, [file!.oid], ['main']);
    const content = await reader.contents(file!.oid);
    reader.close();
    return content!.content.toString();
  });
}

async function failureOf(work: Promise<unknown>): Promise<GitFailure> {
  const error = await work.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(GitFailure);
  return error as GitFailure;
}

describe('the ways to a repository', () => {
  it('reads with a token over HTTP', async () => {
    expect(await readThrough(remote(plain.url('network'), { type: 'token', token }))).toBe('a: 1\n');
  });

  it('reads with a password over TLS of an own authority', async () => {
    const target = remote(secure.url('network').replace('127.0.0.1', 'localhost'), { type: 'basic', username: 'bob', password: token }, certificates.authority);
    expect(await readThrough(target)).toBe('a: 1\n');
  });

  it('reads with a key over SSH', async () => {
    const target = remote(ssh.url('network'), { type: 'ssh', privateKey: ssh.clientKey, knownHosts: ssh.knownHosts });
    expect(await readThrough(target)).toBe('a: 1\n');
  });

  it('names wrong and missing credentials', async () => {
    const wrong = await failureOf(readThrough(remote(plain.url('network'), { type: 'token', token: 'wrong-token-value' })));
    expect(wrong.reason).toBe('AuthenticationRefused');
    expect(wrong.message).not.toContain('wrong-token-value');
    expect((await failureOf(readThrough(remote(plain.url('network'), { type: 'none' })))).reason).toBe('AuthenticationRefused');
    const otherKey = await startSshGitServer({ repos: [] });
    const target = remote(ssh.url('network'), { type: 'ssh', privateKey: otherKey.clientKey, knownHosts: ssh.knownHosts });
    expect((await failureOf(readThrough(target))).reason).toBe('AuthenticationRefused');
    await otherKey.close();
  });

  it('refuses a certificate of an unknown authority', async () => {
    const target = remote(secure.url('network'), { type: 'basic', username: 'bob', password: token });
    expect((await failureOf(readThrough(target))).reason).toBe('TlsUntrusted');
  });

  it('refuses a host key that is not known', async () => {
    const strange = ssh.knownHosts.replace(/\]:\d+/, ']:1');
    const target = remote(ssh.url('network'), { type: 'ssh', privateKey: ssh.clientKey, knownHosts: strange });
    expect((await failureOf(readThrough(target))).reason).toBe('HostKeyMismatch');
  });

  it('names what is not there', async () => {
    const at = (url: string) => readThrough(remote(url, { type: 'token', token }));
    expect((await failureOf(at(plain.url('nothing')))).reason).toBe('RepositoryNotFound');
    expect((await failureOf(at('http://127.0.0.1:1/x.git'))).reason).toBe('HostUnreachable');
    const unknown: RemoteContext = { ...context, resolve: () => Promise.reject(new GitFailure('NameNotResolved', 'no such host')) };
    const mirror = await newMirror();
    const failing = RemoteSession.use(remote('https://git.invalid/x', { type: 'none' }), unknown, (session) => mirror.listBranches(session, null));
    expect((await failureOf(failing)).reason).toBe('NameNotResolved');
  });

  it('stops a server that sends too much', async () => {
    const mirror = await newMirror();
    const small: RemoteContext = { ...context, limits: { connectTimeoutMs: 2_000, maxTransferBytes: 500 } };
    const failing = RemoteSession.use(remote(plain.url('network'), { type: 'token', token }), small, (session) => mirror.fetchBranches(session, ['main']));
    expect((await failureOf(failing)).reason).toBe('LimitExceeded');
  });

  it('stops when it is cancelled or takes too long', async () => {
    plain.delayBy(3_000);
    const mirror = await newMirror();
    const target = remote(plain.url('network'), { type: 'token', token });
    const cancelled = RemoteSession.use(target, context, (session) => mirror.listBranches(session, null, AbortSignal.timeout(200)));
    expect((await failureOf(cancelled)).reason).toBe('Cancelled');
    const slow = new Mirror(mirror.folder, process.env['PATH']!, { ...limits, listMs: 300 });
    expect((await failureOf(RemoteSession.use(target, context, (session) => slow.listBranches(session, null)))).reason).toBe('TimedOut');
    plain.delayBy(0);
  });
});

describe('Mirror', () => {
  const target = () => remote(plain.url('network'), { type: 'token', token });

  it('fetches no file before it is asked for, then all in one go', async () => {
    const mirror = await newMirror();
    await RemoteSession.use(target(), context, async (session) => {
      const head = (await mirror.listBranches(session, ['main'])).get('main')!;
      await mirror.fetchBranches(session, ['main']);
      const reader = mirror.reader();
      const tree = (await reader.info(`${head}:fabric`))!.oid;
      const blobs = (await mirror.listTree(tree)).map((entry) => entry.oid);
      expect(await Promise.all(blobs.map((oid) => reader.info(oid)))).toEqual([null, null]);
      plain.resetCounts();
      await mirror.fetchBlobs(session, blobs, ['main']);
      expect(plain.counts.fetch).toBe(1);
      expect((await Promise.all(blobs.map((oid) => reader.contents(oid)))).map((object) => object?.content.toString())).toEqual(['a: 1\n', 'b: 1\n']);
      expect(await reader.info(`${head}:missing`)).toBeNull();
      reader.close();
    });
  });

  it('compares trees across a rewritten history', async () => {
    const mirror = await newMirror();
    await RemoteSession.use(target(), context, async (session) => {
      const treeOf = async () => {
        const head = (await mirror.listBranches(session, ['main'])).get('main')!;
        await mirror.fetchBranches(session, ['main']);
        const reader = mirror.reader();
        const info = await reader.info(`${head}:fabric`);
        reader.close();
        return info!.oid;
      };
      const before = await treeOf();
      await work.git('checkout', '--quiet', '--orphan', 'rewritten');
      await publish({ 'fabric/a.yaml': 'a: 2\n', 'fabric/b.yaml': null });
      const changes = await mirror.diffTrees(before, await treeOf());
      expect(changes.map(({ path, after }) => [path, after === null])).toEqual([['a.yaml', false], ['b.yaml', true]]);
    });
  });

  it('tidies its packs and still knows what it had', async () => {
    const mirror = new Mirror((await newMirror()).folder, process.env['PATH']!, { ...limits, packs: 2 });
    await RemoteSession.use(target(), context, async (session) => {
      const head = (await mirror.listBranches(session, ['main'])).get('main')!;
      await mirror.fetchBranches(session, ['main']);
      await mirror.pin(new Map([['fabric', head]]));
      const reader = mirror.reader();
      const before = (await reader.info(`${head}:fabric`))!.oid;
      await mirror.fetchBlobs(session, [(await mirror.listTree(before))[0]!.oid], ['main']);
      await publish({ 'fabric/d.yaml': 'd: 1\n' });
      await mirror.fetchBranches(session, ['main']);
      await mirror.tidy();
      expect(readdirSync(join(mirror.folder, 'objects', 'pack')).filter((name) => name.endsWith('.pack'))).toHaveLength(1);
      const after = (await mirror.listBranches(session, ['main'])).get('main')!;
      const fresh = mirror.reader();
      const changes = await mirror.diffTrees(before, (await fresh.info(`${after}:fabric`))!.oid);
      expect(changes.map(({ path }) => path)).toEqual(['d.yaml']);
      reader.close();
      fresh.close();
    });
  });

  it('leaves no key, credential or process behind', async () => {
    await readThrough(remote(ssh.url('network'), { type: 'ssh', privateKey: ssh.clientKey, knownHosts: ssh.knownHosts }));
    expect(readdirSync(context.runFolder)).toEqual([]);
    const holders = execFileSync('sh', ['-c', 'grep -rlF -e "$1" "$2" || true', 'sh', token, folder], { encoding: 'utf8' });
    expect(holders).toBe('');
  });

  it('shows no credential in arguments or environment', async () => {
    plain.delayBy(3_000);
    const mirror = await newMirror();
    const listing = RemoteSession.use(target(), context, (session) => mirror.listBranches(session, null));
    const texts = await eventually(() => {
      const seen = gitProcessTexts();
      return seen.includes('ls-remote') && seen.includes('GIT_CONFIG_COUNT') ? seen : false;
    }, { interval: 5 });
    plain.delayBy(0);
    await listing;
    expect(texts).not.toContain(token);
  });
});

/** Arguments and environments of all git processes of this machine that we may read. */
function gitProcessTexts(): string {
  const texts = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return text.includes('ls-remote') ? `${text}\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}` : '';
    } catch {
      return ''; // It ended while it was looked at, or is somebody else's.
    }
  });
  return texts.join('\n');
}
