import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWorkRepo, startGitServer, type GitServer, type WorkRepo } from '@heddle/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseGitUrl } from '../src/git/git-url.ts';
import { Mirror } from '../src/git/mirror.ts';
import { RemoteSession } from '../src/git/remote-session.ts';
import { ManifestParser } from '../src/manifests/manifest-parser.ts';
import { DEFAULT_READ_LIMITS } from '@heddle/manifests';
import { Source } from '../src/sources/source.entity.ts';
import { SourceReader, type Look, type SourceOutcome } from '../src/sources/source-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-reader-'));
const limits = { ...DEFAULT_READ_LIMITS, files: 50, fileBytes: 100_000 };
const parser = new ManifestParser(limits);
let server: GitServer;
let work: WorkRepo;
let mirror: Mirror;
let mirrors = 0;

beforeAll(async () => {
  server = await startGitServer({ repos: ['network'] });
});

beforeEach(async () => {
  work?.remove();
  work = await makeWorkRepo(server.path('network'));
  await work.git('rm', '-r', '--quiet', '--ignore-unmatch', '.');
  mirror = new Mirror(join(folder, `m${mirrors++}.git`), process.env['PATH']!, { listMs: 10_000, fetchMs: 10_000, readMs: 10_000, maxOutputBytes: 1e7, packs: 50 });
});

afterAll(async () => {
  await parser.close();
  await server.close();
  work.remove();
  rmSync(folder, { recursive: true, force: true });
});

function source(directory: string, over: Partial<Source> = {}): Source {
  return Object.assign(new Source(), {
    fabricId: randomUUID(), repositoryId: randomUUID(), branch: 'main', directory, generation: 1, released: false,
    sentTree: null, seenCommit: null, wanted: true, state: null, reason: '', message: '', since: null, ...over,
  });
}

function look(...sources: Source[]): Promise<Look> {
  const context = { runFolder: join(folder, 'run'), path: process.env['PATH']!, resolve: async (host: string) => host, limits: { connectTimeoutMs: 2_000, maxTransferBytes: 1e8 } };
  const remote = { url: parseGitUrl(server.url('network')), credentials: { type: 'none' as const }, certificateAuthority: null };
  return RemoteSession.use(remote, context, (session) => new SourceReader(mirror, parser, limits, new AbortController().signal).look(session, sources, 'main'));
}

function changed(outcome: SourceOutcome | undefined): Extract<SourceOutcome, { is: 'changed' }> {
  expect(outcome?.is).toBe('changed');
  return outcome as Extract<SourceOutcome, { is: 'changed' }>;
}

const handedOver = (outcome: SourceOutcome | undefined): Partial<Source> => {
  const { toTree, commit } = changed(outcome);
  return { sentTree: toTree, seenCommit: commit.id, wanted: false, state: 'ready' };
};
const vpc = (name: string, vlan = 1001) => `apiVersion: vpc.githedgehog.com/v1beta1\nkind: VPC\nmetadata:\n  name: ${name}\nspec:\n  vlan: ${vlan}\n`;
const rules = (outcome: SourceOutcome | undefined) => changed(outcome).files.map((file) => [file.path, ...file.findings, ...file.documents.flatMap((document) => document.findings)].map((each) => (typeof each === 'string' ? each : each.rule)));

describe('SourceReader', () => {
  it('serves three fabrics by one fetch of commits and one of files', async () => {
    await work.publish({ 'a/x.yaml': vpc('x'), 'b/y.yaml': vpc('y'), 'z.yaml': vpc('z') });
    server.resetCounts();
    const { outcomes, fetched } = await look(source('a'), source('b'), source(''));
    expect(server.counts).toMatchObject({ lsRefs: expect.any(Number) as number, fetch: 2 });
    expect(fetched).toBe(true);
    expect(outcomes.map((outcome) => changed(outcome).files.map(({ path }) => path))).toEqual([['x.yaml'], ['y.yaml'], ['a/x.yaml', 'b/y.yaml', 'z.yaml']]);
    expect(outcomes.map((outcome) => changed(outcome).totalFiles)).toEqual([1, 1, 3]);
  });

  it('asks as much for twenty fabrics as for one', async () => {
    const directories = Array.from({ length: 20 }, (_, index) => `fabric-${index}`);
    const publish = (vlan: number) => work.publish(Object.fromEntries(directories.map((directory) => [`${directory}/x.yaml`, vpc(`x-${directory}`, vlan)])));
    await publish(1001);
    const fabrics = directories.map((directory) => source(directory));
    (await look(...fabrics)).outcomes.forEach((outcome, index) => Object.assign(fabrics[index]!, handedOver(outcome)));
    const asked = async (vlan: number, ...of: Source[]): Promise<GitServer['counts']> => {
      await publish(vlan);
      server.resetCounts();
      expect((await look(...of)).outcomes.map((outcome) => changed(outcome).files.length)).toEqual(of.map(() => 1));
      return { ...server.counts };
    };
    const one = await asked(1002, fabrics[0]!);
    expect(one).toMatchObject({ fetch: 2 });
    expect(await asked(1003, ...fabrics)).toEqual(one);
  });

  it('reads changed documents only', async () => {
    await work.publish({ 'a/x.yaml': vpc('x'), 'a/y.yaml': vpc('y'), 'a/old.yaml': vpc('old') });
    const a = source('a');
    Object.assign(a, handedOver((await look(a)).outcomes[0]));
    await work.publish({ 'a/x.yaml': vpc('x', 1002), 'a/old.yaml': null }, 'vpc: renumber x');
    server.resetCounts();
    const outcome = changed((await look(a)).outcomes[0]);
    expect(outcome).toMatchObject({ fromTree: a.sentTree, totalFiles: 2, commit: { subject: 'vpc: renumber x', author: 'Heddle Example' } });
    expect(outcome.files.map(({ path, blob }) => [path, blob === null])).toEqual([['old.yaml', true], ['x.yaml', false]]);
    expect(server.counts.fetch).toBe(2);
  });

  it('asks nothing but the listing when nothing changed', async () => {
    await work.publish({ 'a/x.yaml': vpc('x') });
    const a = source('a');
    Object.assign(a, handedOver((await look(a)).outcomes[0]));
    server.resetCounts();
    expect((await look(a)).outcomes).toEqual([]);
    expect(server.counts.fetch).toBe(0);
    await work.publish({ 'b/y.yaml': vpc('y') });
    expect((await look(a)).outcomes).toMatchObject([{ is: 'unchanged' }]);
  });

  it('names what it cannot read and keeps the rest', async () => {
    work.write({
      'a/good.yaml': vpc('good'), 'a/broken.yaml': `${vpc('one')}---\nkind: VPC\nmetadata:\n  name: two\nspec: [\n`,
      'a/latin.yaml': Buffer.from([0x61, 0x3a, 0x20, 0xe9]), 'a/lfs.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
      'a/large.yaml': `# ${'x'.repeat(200_000)}\n`, 'a/.hidden.yaml': 'nonsense: [', 'a/README.md': '# hello',
    });
    symlinkSync('/etc/passwd', join(work.folder, 'a/link.yaml'));
    await work.commit('odd things');
    await work.git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},a/module`);
    await work.git('commit', '--quiet', '-m', 'a submodule');
    await work.push();
    const [outcome] = (await look(source('a'))).outcomes;
    expect(rules(outcome)).toEqual([
      ['broken.yaml', 'yaml-syntax'], ['good.yaml'], ['large.yaml', 'file-too-large'], ['latin.yaml', 'not-utf-8'], ['lfs.yaml', 'lfs-pointer'], ['link.yaml', 'symlink'], ['module', 'submodule'],
    ]);
    const broken = changed(outcome).files.find(({ path }) => path === 'broken.yaml')!;
    expect(broken.documents).toMatchObject([{ index: 0, name: 'one', findings: [] }, { index: 1, kind: 'VPC', name: 'two', object: null, line: 8 }]);
  });

  it('follows a rewritten history by trees alone', async () => {
    await work.publish({ 'a/x.yaml': vpc('x'), 'a/y.yaml': vpc('y') });
    const a = source('a');
    Object.assign(a, handedOver((await look(a)).outcomes[0]));
    await work.git('commit', '--quiet', '--amend', '-m', 'rewritten');
    work.write({ 'a/y.yaml': vpc('y', 1009) });
    await work.git('commit', '--quiet', '--all', '--amend', '-m', 'rewritten twice');
    await work.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main');
    const outcome = changed((await look(a)).outcomes[0]);
    expect(outcome.fromTree).toBe(a.sentTree);
    expect(outcome.files.map(({ path }) => path)).toEqual(['y.yaml']);
  });

  it('fails the one source whose branch or directory is gone', async () => {
    await work.publish({ 'a/x.yaml': vpc('x') });
    const { outcomes } = await look(source('a'), source('nowhere'), source('a', { branch: 'gone' }));
    const told = outcomes.map((outcome) => (outcome.is === 'failing' ? [outcome.failure.reason, outcome.commit !== null] : [outcome.is]));
    expect(told.sort()).toEqual([['BranchMissing', false], ['DirectoryMissing', true], ['changed']]);
  });

  it('sends everything when it does not know the old tree', async () => {
    await work.publish({ 'a/x.yaml': vpc('x') });
    const outcome = changed((await look(source('a', { sentTree: 'f'.repeat(40) }))).outcomes[0]);
    expect(outcome.fromTree).toBeNull();
    expect(outcome.files).toHaveLength(1);
  });

  it('sends everything when the layout of the earlier plugin appears', async () => {
    await work.publish({ 'a/managed/x.yaml': vpc('x'), 'a/unmanaged/y.yaml': vpc('y') });
    const a = source('a');
    Object.assign(a, handedOver((await look(a)).outcomes[0]));
    await work.publish({ 'a/.hnp/manifest.yaml': 'version: 1\n' });
    const outcome = changed((await look(a)).outcomes[0]);
    expect(outcome).toMatchObject({ fromTree: null, totalFiles: 1, files: [{ path: 'managed/x.yaml' }] });
  });

  it('fails a directory with too many files', async () => {
    await work.publish(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`a/${index}.yaml`, vpc(`v${index}`)])));
    expect((await look(source('a'))).outcomes).toMatchObject([{ is: 'failing', failure: { reason: 'LimitExceeded' } }]);
  });

  it('notices a damaged mirror', async () => {
    await work.publish({ 'a/x.yaml': vpc('x') });
    await look(source('a'));
    writeFileSync(join(mirror.folder, 'config'), '[core\n');
    await expect(look(source('a'))).rejects.toMatchObject({ reason: 'MirrorCorrupt' });
  });
});
