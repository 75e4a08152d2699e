import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryCreate, repositoryDelete, repositoryGet, repositoryRefresh, repositoryUpdate, repositoryWebhook, type RepositoryView } from '@heddle/contracts';
import { eventually, makeWorkRepo, startGitServer, type GitServer, type WorkRepo } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SourcesService } from '../src/sources/sources.service.ts';
import { GitSyncHarness } from './git-sync-harness.ts';

const token = randomBytes(20).toString('hex');
let harness: GitSyncHarness;
let server: GitServer;
let work: WorkRepo;
let repository: RepositoryView;

const vpc = (name: string, vlan = 1001) => `apiVersion: vpc.githedgehog.com/v1beta1\nkind: VPC\nmetadata:\n  name: ${name}\nspec:\n  vlan: ${vlan}\n`;

beforeAll(async () => {
  server = await startGitServer({ repos: ['network', 'other'], auth: { password: token } });
  work = await makeWorkRepo(server.path('network'));
  await work.publish({ 'a/x.yaml': vpc('ex'), 'b/y.yaml': vpc('why'), 'c/z.yaml': vpc('zed') });
  harness = await GitSyncHarness.start();
  repository = await create('network');
});

afterAll(async () => {
  await harness?.stop();
  await server?.close();
  work?.remove();
});

function create(name: string, over: object = {}): Promise<RepositoryView> {
  return harness.bus.ask(repositoryCreate, { name, url: server.url(name === 'network' ? 'network' : 'other'), credentials: { type: 'token', token }, pollSeconds: 3600, ...over });
}

const get = (reference: string) => harness.bus.ask(repositoryGet, { repository: reference });
const until = <T>(check: () => T | Promise<T>) => eventually(check, { timeout: 20_000 });

function push(body: object, over: Record<string, string> = {}, secret = repository.webhookSecret!) {
  const raw = Buffer.from(JSON.stringify(body));
  const signature = `sha256=${createHmac('sha256', secret).update(raw).digest('hex')}`;
  const headers = { 'x-hub-signature-256': signature, 'x-github-event': 'push', 'x-github-delivery': randomUUID(), ...over };
  return harness.bus.ask(repositoryWebhook, { repository: 'network', headers, body: raw.toString('base64') });
}

describe('git-sync', () => {
  it('connects a new repository by itself', async () => {
    expect(repository).toMatchObject({ state: 'pending', authentication: { type: 'token' } });
    expect(repository.webhookSecret).toMatch(/^[0-9a-f]{64}$/);
    await until(async () => expect((await get('network')).state).toBe('connected'));
    expect((await get('network')).webhookSecret).toBeUndefined();
  });

  it('hands a revision to each fabric by one fetch', async () => {
    server.resetCounts();
    const fabrics = await Promise.all(['a', 'b', 'c'].map((directory) => harness.assign(repository.id, directory)));
    await until(() => {
      for (const fabric of fabrics) expect(harness.end.revisionsOf(fabric)).toHaveLength(1);
    });
    expect(harness.end.revisionsOf(fabrics[1]!)[0]).toMatchObject({
      repositoryId: repository.id, generation: 1, branch: 'main', directory: 'b', fromTree: null, chunk: 1, chunks: 1, totalFiles: 1,
      files: [{ path: 'y.yaml', documents: [{ index: 0, line: 1, kind: 'VPC', name: 'why', object: { metadata: { name: 'why' } } }] }],
    });
    await until(() => expect(fabrics.map((fabric) => harness.end.stateOf(fabric))).toEqual(['Ready', 'Ready', 'Ready']));
    expect((await get('network')).fabrics.sort()).toEqual([...fabrics].sort());
  });

  it('fetches once for three fabrics after a webhook', async () => {
    const fabrics = (await get('network')).fabrics;
    const before = harness.end.revisions.length;
    await work.publish({ 'a/x.yaml': vpc('ex', 1002), 'b/y.yaml': vpc('why', 1002), 'c/z.yaml': vpc('zed', 1002) });
    server.resetCounts();
    expect(await push({ ref: 'refs/heads/main' })).toEqual({ accepted: true, reason: 'Branch main is fetched.' });
    await until(() => expect(harness.end.revisions).toHaveLength(before + 3));
    // One for commits and trees, one for the files of all three.
    expect(server.counts).toMatchObject({ fetch: 2 });
    for (const fabric of fabrics) {
      const [first, second] = harness.end.revisionsOf(fabric);
      expect(second!.fromTree).toBe(first!.toTree);
    }
    // The next difference starts from here, whatever becomes of the branch.
    const pinned = join(harness.folder, 'mirrors', `${repository.id}.git`, 'refs/heddle/sent');
    await until(() => expect(readdirSync(pinned).map((fabric) => readFileSync(join(pinned, fabric), 'utf8').trim())).toEqual(fabrics.map(() => harness.end.revisions.at(-1)!.commit.id)));
    const correlations = harness.end.correlations.slice(before);
    expect(new Set(correlations).size).toBe(1);
  });

  it('refuses webhooks without the right signature', async () => {
    await expect(push({ ref: 'refs/heads/main' }, { 'x-hub-signature-256': '' })).rejects.toMatchObject({ code: 'GIT-005', kind: 'not_allowed' });
    await expect(push({ ref: 'refs/heads/main' }, {}, 'a wrong secret of some length')).rejects.toMatchObject({ code: 'GIT-005' });
    const audit = await harness.rows.query(`SELECT outcome FROM audit WHERE action = 'repository.webhook'`);
    expect(audit).toEqual([{ outcome: 'refused' }, { outcome: 'refused' }]);
  });

  it('answers pings, ignores the rest, and knows a delivery again', async () => {
    expect(await push({ zen: 'x' }, { 'x-github-event': 'ping' })).toMatchObject({ accepted: true });
    expect(await push({ ref: 'refs/heads/unread' })).toEqual({ accepted: false, reason: 'No fabric reads branch unread.' });
    const delivery = { 'x-github-delivery': 'd-1' };
    expect(await push({ ref: 'refs/heads/main' }, delivery)).toMatchObject({ reason: 'Branch main is fetched.' });
    expect(await push({ ref: 'refs/heads/main' }, delivery)).toMatchObject({ reason: 'The delivery is known already.' });
  });

  it('sends again from the tree that fabric has', async () => {
    const fabric = (await get('network')).fabrics[0]!;
    const [first, second] = harness.end.revisionsOf(fabric);
    await harness.send('revision.wanted', { fabricId: fabric, fromTree: first!.toTree, reason: 'lost' });
    await until(() => expect(harness.end.revisionsOf(fabric)).toHaveLength(3));
    expect(harness.end.revisionsOf(fabric)[2]).toMatchObject({ fromTree: first!.toTree, toTree: second!.toTree });
    await harness.send('revision.wanted', { fabricId: fabric, fromTree: null, reason: 'all' });
    await until(() => expect(harness.end.revisionsOf(fabric)).toHaveLength(4));
    expect(harness.end.revisionsOf(fabric)[3]!.fromTree).toBeNull();
  });

  it('tells of a directory that goes and comes', async () => {
    const fabric = await harness.assign(repository.id, 'later');
    // State and revision come by queues of their own, in any order.
    await until(() => expect(harness.end.stateOf(fabric)).toBe('DirectoryMissing'));
    await until(() => expect(harness.end.revisionsOf(fabric)).toMatchObject([{ toTree: null, files: [], totalFiles: 0 }]));
    await work.publish({ 'later/l.yaml': vpc('l') });
    await harness.bus.ask(repositoryRefresh, { repository: 'network' });
    await until(() => expect(harness.end.stateOf(fabric)).toBe('Ready'));
    await until(() => expect(harness.end.revisionsOf(fabric)[1]).toMatchObject({ fromTree: null, files: [{ path: 'l.yaml' }] }));
    await harness.send('source.release', { fabricId: fabric, generation: 1 });
    await until(async () => expect((await get('network')).fabrics).not.toContain(fabric));
  });

  it('keeps the newer of two assignments', async () => {
    const fabric = await harness.assign(repository.id, 'a', { generation: 5 });
    await until(() => expect(harness.end.revisionsOf(fabric)).toHaveLength(1));
    const assignment = { fabricId: fabric, repositoryId: repository.id, branch: 'main', knownTree: null };
    const sources = harness.service!.app.get(SourcesService);
    await harness.rows.transaction((tx) => sources.assign(tx, { ...assignment, directory: 'b', generation: 4 }));
    await harness.rows.transaction((tx) => sources.release(tx, { fabricId: fabric, generation: 4 }));
    expect(await harness.rows.query('SELECT directory, generation, released FROM source WHERE fabric_id = $1', [fabric])).toEqual([{ directory: 'a', generation: 5, released: false }]);
    await harness.send('source.assign', { ...assignment, directory: 'c', generation: 6 });
    await until(() => expect(harness.end.revisionsOf(fabric).at(-1)).toMatchObject({ directory: 'c', generation: 6 }));
    await harness.send('source.release', { fabricId: fabric, generation: 6 });
  });

  it('splits a large revision into chunks that fit', async () => {
    const documents = Array.from({ length: 900 }, (_, index) => `${vpc(`v${index}`)}  note: ${'x'.repeat(600)}\n`);
    await work.publish({ 'large/all.yaml': documents.slice(0, 600).join('---\n'), 'large/more.yaml': documents.slice(600).join('---\n') });
    const fabric = await harness.assign(repository.id, 'large');
    await until(() => {
      const chunks = harness.end.revisionsOf(fabric);
      expect(chunks.length).toBeGreaterThan(2);
      expect(chunks).toHaveLength(chunks[0]!.chunks);
    });
    const read = harness.end.revisionsOf(fabric).flatMap(({ files }) => files.flatMap((file) => file.documents.map(({ name }) => name)));
    expect(read).toHaveLength(900);
    expect(new Set(read).size).toBe(900);
  });

  it('makes a lost mirror anew', async () => {
    const fabric = await harness.assign(repository.id, 'a');
    await until(() => expect(harness.end.revisionsOf(fabric)).toHaveLength(1));
    rmSync(join(harness.folder, 'mirrors', `${repository.id}.git`), { recursive: true });
    await work.publish({ 'a/x.yaml': vpc('ex', 1003) });
    await harness.bus.ask(repositoryRefresh, { repository: 'network' });
    await until(() => expect(harness.end.revisionsOf(fabric)).toHaveLength(2));
    // The history that comes with the fetch holds the old tree too.
    expect(harness.end.revisionsOf(fabric)[1]).toMatchObject({ fromTree: harness.end.revisionsOf(fabric)[0]!.toTree, files: [{ path: 'x.yaml' }] });
  });

  it('makes a damaged mirror anew', async () => {
    const fabric = await harness.assign(repository.id, 'a');
    await until(() => expect(harness.end.revisionsOf(fabric)).toHaveLength(1));
    writeFileSync(join(harness.folder, 'mirrors', `${repository.id}.git`, 'config'), '[core\n');
    await work.publish({ 'a/x.yaml': vpc('ex', 1007) });
    await harness.bus.ask(repositoryRefresh, { repository: 'network' });
    await until(() => expect(harness.end.revisionsOf(fabric)).toHaveLength(2));
    await harness.send('source.release', { fabricId: fabric, generation: 1 });
    // Who reads the directory is counted next.
    await until(async () => expect((await get('network')).fabrics).not.toContain(fabric));
  });

  it('carries on after a restart without sending twice', async () => {
    await harness.stopService();
    await work.publish({ 'a/x.yaml': vpc('ex', 1004) });
    await harness.startService();
    await until(() => harness.bus.ask(repositoryRefresh, { repository: 'network' }));
    const readers = (await harness.rows.query(`SELECT fabric_id FROM source WHERE directory = 'a' AND NOT released`)).length;
    // What the tests before have pushed may still be on its way to other readers.
    const sent = () => harness.end.revisions.filter(({ files }) => JSON.stringify(files).includes('"vlan":1004'));
    await until(() => expect(new Set(sent().map(({ fabricId }) => fabricId)).size).toBe(readers));
    expect(sent()).toHaveLength(readers);
    for (const revision of sent()) expect(revision.files).toMatchObject([{ path: 'x.yaml', documents: [{ object: { spec: { vlan: 1004 } } }] }]);
  });

  it('fails with the reason and its next try, then recovers', async () => {
    const fabric = await harness.assign(repository.id, 'b');
    await until(() => expect(harness.end.stateOf(fabric)).toBe('Ready'));
    server.failWith(503);
    await harness.bus.ask(repositoryRefresh, { repository: 'network' });
    await until(async () => expect(await get('network')).toMatchObject({ state: 'failed', reason: 'ServerFailed', breaker: { state: expect.stringMatching(/open/) as string } }));
    await until(() => expect(harness.end.stateOf(fabric)).toBe('ServerFailed'));
    const told = harness.end.states.findLast(({ fabricId }) => fabricId === fabric)!;
    expect(told.nextTryAt).not.toBeNull();
    expect(told.server).toBe(new URL(server.url('network')).host);
    server.failWith(undefined);
    await until(async () => expect(await get('network')).toMatchObject({ state: 'connected', breaker: { state: 'closed' } }));
    await until(() => expect(harness.end.stateOf(fabric)).toBe('Ready'));
  });

  it('keeps its credentials when something else changes', async () => {
    const changed = await harness.bus.ask(repositoryUpdate, { repository: 'network', patch: { pollSeconds: 1800 } });
    expect(changed).toMatchObject({ pollSeconds: 1800, state: 'connected', authentication: { type: 'token' } });
  });

  it('tests changed credentials and drops those of another host', async () => {
    await harness.bus.ask(repositoryUpdate, { repository: 'network', patch: { credentials: { type: 'token', token: 'no-longer-valid' } } });
    await until(async () => expect(await get('network')).toMatchObject({ state: 'failed', reason: 'AuthenticationRefused' }));
    await harness.bus.ask(repositoryUpdate, { repository: 'network', patch: { credentials: { type: 'token', token } } });
    await until(async () => expect((await get('network')).state).toBe('connected'));
    const moved = await harness.bus.ask(repositoryUpdate, { repository: 'network', patch: { url: server.url('network').replace('127.0.0.1', 'localhost') } });
    expect(moved).toMatchObject({ state: 'pending', authentication: { type: 'none', username: null } });
    await until(async () => expect(await get('network')).toMatchObject({ state: 'failed', reason: 'AuthenticationRefused' }));
  });

  it('deletes a repository only when nobody reads it', async () => {
    await expect(harness.bus.ask(repositoryDelete, { repository: 'network' })).rejects.toMatchObject({ code: 'GIT-003', kind: 'conflict' });
    const other = await create('unread');
    expect(await harness.bus.ask(repositoryDelete, { repository: 'unread' })).toEqual({ id: other.id });
    await expect(get('unread')).rejects.toMatchObject({ code: 'GIT-001', kind: 'not_found' });
    const fabric = await harness.assign(other.id, 'a');
    await until(() => expect(harness.end.stateOf(fabric)).toBe('RepositoryMissing'));
  });

  it('says that its git is fit', async () => {
    const answer = await fetch(`${harness.service!.http.url}/readyz`);
    expect(await answer.text()).toMatch(/git version/);
  });

  it('stores no secret in the open', async () => {
    const tables = await harness.rows.query<{ text: string }>(`SELECT coalesce(string_agg(t::text, ' '), '') AS text FROM (SELECT r::text AS t FROM repository r UNION ALL SELECT a::text FROM audit a UNION ALL SELECT s::text FROM source s) x`);
    expect(tables[0]!.text).not.toContain(token);
    expect(tables[0]!.text).not.toContain(repository.webhookSecret);
  });
});
