import { Conflict, Database, findBrokenLink, Invalid, NotFound } from '@heddle/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusals } from '../src/audit/refusals.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { FindingService } from '../src/findings/finding.handlers.ts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { ensurePartitions, dropPartitions } from '../src/resources/history.ts';
import { pruneManifests } from '../src/resources/manifests.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { connect, done, file, finish, namespaces, object, push, see, vpc } from './messages-to-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

/** All items of a list, page by page. */
async function pages<Item>(list: (cursor: string | undefined) => Promise<{ items: Item[]; next: string | null }>): Promise<Item[][]> {
  const all: Item[][] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { items, next } = await list(cursor);
    all.push(items);
    cursor = next;
  }
  return all;
}

describe('lists', () => {
  it('pages through objects by kind, state and text', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, ...[1, 2, 3, 4, 10, 11].map(vpc))] });
    const list = (filter: object) => pages(async (cursor) => bench.get(ResourceService).list({ fabric: id, limit: 3, ...filter, ...(cursor !== undefined && { cursor }) }));
    const all = await list({});
    expect(all.map(({ length }) => length)).toEqual([3, 3, 2]);
    expect(new Set(all.flat().map(({ kind, name }) => `${kind}/${name}`)).size).toBe(8);
    expect((await list({ kind: 'VPC', text: 'PC-1' })).flat().map(({ name }) => name)).toEqual(['vpc-1', 'vpc-10', 'vpc-11']);
    expect((await list({ text: '%' })).flat()).toEqual([]);
    expect((await list({ state: 'committed', kind: 'IPv4Namespace' })).flat()).toMatchObject([{ name: 'default', state: 'committed', levels: { git: 'present', apiServer: 'unknown', switches: 'unknown' } }]);
    expect((await list({ state: 'synced' })).flat()).toEqual([]);
  });

  it('pages through fabrics, findings, plans and operations', async () => {
    const { id, name } = await bench.newFabric({ automaticSync: false });
    await connect(bench, id);
    for (const kind of ['IPv4Namespace', 'VLANNamespace']) await see(bench, id, kind, [], 'snapshot');
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces), ...['b', 'c', 'd'].map((path) => file(`${path}.yaml`, { broken: 'bad' }))] });
    expect((await pages((cursor) => bench.get(FindingService).list({ fabric: name, limit: 2, cursor }))).map(({ length }) => length)).toEqual([2, 1]);
    for (let at = 0; at < 3; at++) await bench.get(PlanService).make({ fabric: id });
    const plans = (await pages((cursor) => bench.get(PlanService).list({ fabric: id, limit: 2, cursor }))).flat();
    expect(new Set(plans.map(({ id: plan }) => plan)).size).toBe(3);
    expect(new Set(plans.map(({ hash }) => hash)).size).toBe(1);
    await bench.get(OperationRequests).start({ fabric: id });
    await bench.get(OperationRequests).start({ fabric: id });
    expect((await pages((cursor) => bench.get(OperationRequests).list({ fabric: id, limit: 1, cursor }))).flat().map(({ number, state }) => `${number} ${state}`)).toEqual(expect.arrayContaining(['2 pending', '1 in_progress']));
    const fabrics = (await pages((cursor) => bench.get(FabricService).list({ limit: 1, cursor }))).flat();
    expect(fabrics.map((fabric) => fabric.name)).toEqual(fabrics.map((fabric) => fabric.name).toSorted());
  });

  it('refuses foreign cursors and unknown names', async () => {
    const { id } = await bench.newFabric();
    await expect(bench.get(ResourceService).list({ fabric: id, limit: 3, cursor: 'nonsense' })).rejects.toThrow(Invalid);
    await expect(bench.get(ResourceService).list({ fabric: 'nowhere', limit: 3 })).rejects.toThrow(NotFound);
    await expect(bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'x' })).rejects.toThrow(NotFound);
  });
});

describe('fabrics', () => {
  it('is one for the same id and body twice', async () => {
    const wanted = { id: '11111111-1111-4111-8111-111111111111', repositoryId: '22222222-2222-4222-8222-222222222222', name: 'twice', source: { repository: 'r', branch: 'main', directory: '/lab/' }, policy: { automaticSync: false, prune: false, selfHeal: false } };
    const first = await bench.get(FabricService).create(wanted);
    await bench.published();
    expect(await bench.get(FabricService).create(wanted)).toEqual(first);
    expect(first).toMatchObject({ source: { directory: 'lab' }, conditions: expect.arrayContaining([expect.objectContaining({ type: 'Converged', status: 'Unknown' })]) });
    expect(await bench.published()).toEqual([]);
    await expect(bench.get(FabricService).create({ ...wanted, id: '33333333-3333-4333-8333-333333333333' })).rejects.toThrow(Conflict);
  });

  it('deletes planned ones and tells who read for them', async () => {
    const { id, name } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    await bench.published();
    await bench.get(FabricService).delete(name);
    const published = await bench.published();
    expect(dataOf(published, 'source.release')).toMatchObject([{ fabricId: id, generation: 2 }]);
    expect(dataOf(published, 'cluster.watch')).toMatchObject([{ fabricId: id, enabled: false }]);
    await expect(bench.get(FabricService).get(name)).rejects.toThrow(NotFound);
  });

  it('tells k8s-sync what may travel of each kind', async () => {
    await bench.published();
    const { id } = await bench.newFabric();
    const [watch] = dataOf(await bench.published(), 'cluster.watch');
    expect(watch).toMatchObject({ fabricId: id, enabled: true, generation: 1 });
    expect(watch?.kinds.filter(({ role }) => role === 'object')).toHaveLength(15);
    expect(watch?.kinds.find(({ kind }) => kind === 'Agent')).toMatchObject({ role: 'agent', projection: expect.not.arrayContaining(['spec.users']), throttle: [{ path: 'status.lastHeartbeat' }, { path: 'status.state' }] });
  });

  it('writes refusals into the audit trail, unbroken', async () => {
    const { name } = await bench.newFabric();
    const asked = bench.get(Refusals).recorded('fabric.update', `fabric/${name}`, () => bench.get(FabricService).update({ fabric: name, patch: { state: 'maintenance' } }));
    await expect(asked).rejects.toThrow(/can't become maintenance/);
    const rows = await bench.get(Database).query<{ action: string; subject: string; outcome: string; details: Record<string, unknown>; sequence: string; at: Date; actor: null; correlation_id: string | null; previous_hash: string; hash: string }>('select * from audit order by sequence');
    expect(rows.filter(({ subject }) => subject === `fabric/${name}`).map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(['fabric.create done', 'fabric.update refused']);
    expect(findBrokenLink(rows.map(({ correlation_id, previous_hash, ...row }) => ({ ...row, sequence: Number(row.sequence), at: row.at.toISOString(), correlationId: correlation_id, previousHash: previous_hash })))).toBeNull();
  });
});

describe('housekeeping', () => {
  it('keeps bodies that something still names', async () => {
    const { id } = await bench.newFabric({ prune: true });
    await connect(bench, id);
    for (const kind of ['IPv4Namespace', 'VLANNamespace', 'VPC']) await see(bench, id, kind, [], 'snapshot');
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1))] });
    await bench.work();
    for (const job of dataOf(await bench.published(), 'steps.apply').filter(({ fabricId }) => fabricId === id)) await finish(bench, job, job.steps.map((step) => done(bench, step)));
    await push(bench, id, { from: 't1', to: 't2', files: [file('a.yaml', ...namespaces, object('VPC', 'vpc-1', { ...(vpc(1)['spec'] as object), defaultIsolated: true }))] });
    const database = bench.get(Database);
    await database.query(`update manifest set created_at = now() - interval '2 days' where fabric_id = $1`, [id]);
    await database.query('delete from history where fabric_id = $1', [id]);
    await database.query(`update plan set created_at = now() - interval '2 days' where fabric_id = $1`, [id]);
    await bench.handle((tx) => pruneManifests(tx, id));
    expect((await bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'vpc-1' }))).toMatchObject({ desired: expect.anything(), live: expect.anything(), base: expect.anything() });
  });

  it('makes days ahead once and drops old ones', async () => {
    await bench.handle((tx) => ensurePartitions(tx, new Date('2031-01-01T12:00:00Z'), 2));
    await bench.handle((tx) => ensurePartitions(tx, new Date('2031-01-01T12:00:00Z'), 2));
    const partitions = () => bench.get(Database).query<{ name: string }>(`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'history'::regclass and c.relname like 'history_2031%' order by 1`);
    expect((await partitions()).map(({ name }) => name)).toEqual(['history_20310101', 'history_20310102', 'history_20310103']);
    await bench.handle((tx) => dropPartitions(tx, new Date('2031-02-01T12:00:00Z'), 30));
    expect((await partitions()).map(({ name }) => name)).toEqual(['history_20310102', 'history_20310103']);
  });
});
