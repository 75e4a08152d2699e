import { Database, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlertService } from '../src/alerts/alert.service.ts';
import { ApprovalService } from '../src/approvals/approval.service.ts';
import { DriftService } from '../src/drifts/drift.service.ts';
import type { FabricEntity } from '../src/fabrics/fabric.entity.ts';
import { fabricViews } from '../src/fabrics/fabric-view.ts';
import { lockFabric } from '../src/fabrics/lock-fabric.ts';
import { FindingService } from '../src/findings/finding.handlers.ts';
import { ObservationService } from '../src/observations/observation.service.ts';
import { FabricTurn } from '../src/operations/fabric-turn.ts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { OutcomeService } from '../src/operations/outcome.service.ts';
import { writeCursor } from '../src/paging/cursor.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { DiffService } from '../src/resources/diff.service.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { RevisionService } from '../src/revisions/revision.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { LIST_FILTERS, type ListFilter, type ListName } from './list-filters.ts';
import { done, file, finish, object, observed, push, revisionOf } from './messages-to-fabric.ts';
import { jobsOf, runningFabric } from './running-fabric.ts';
import { rowsRead, rowsScanned, seedObjects } from './seed-objects.ts';
import { seedLists } from './seed-lists.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

/** A thousand for the choice of the way, and a page. */
const MOST_ROWS = 1_700;

const own = (isolated: boolean): Record<string, unknown> =>
  object('VPC', 'own-1', { ipv4Namespace: 'default', vlanNamespace: 'own', defaultIsolated: isolated, subnets: { default: { subnet: '10.0.9.0/24', gateway: '10.0.9.1', vlan: 1009 } } });

describe('one change', () => {
  /** A fabric of so many objects and documents, of which one then changes: how many rows each part of its road reads. */
  async function road(objects: number): Promise<Record<string, { all: number; of: Record<string, number> }>> {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [file('own.yaml', object('VLANNamespace', 'own', { ranges: [{ from: 1000, to: 1999 }] }), own(false))] });
    for (const job of await jobsOf(bench, id)) await finish(bench, job, job.steps.map((step) => done(bench, step)));
    await bench.handle(async (tx) => {
      await seedObjects(tx, id, objects);
      await tx.query(`insert into source_document (fabric_id, path, index, blob, line, status, raw_hash, kind, name) select fabric_id, path, 0, 'b', 1, 'ok', raw_hash, kind, name from resource where fabric_id = $1 and path like 'seed/%'`, [id]);
      await tx.query(`insert into watch (fabric_id, kind, state, reason, message, last_heard_at, epoch, sequence, snapshot_at) select $1, kind, 'live', '', '', now(), 1, 1, now() from unnest(array['VPCAttachment', 'Connection']) kind`, [id]);
    });
    await bench.get(Database).query('analyze');
    const costs: Awaited<ReturnType<typeof road>> = {};
    const part = async (name: string, work: (tx: EntityManager, fabric: FabricEntity) => Promise<unknown>): Promise<void> => {
      await bench.handle(async (tx) => {
        const fabric = (await lockFabric(tx, id))!;
        costs[name] = await rowsRead(tx, () => work(tx, fabric));
      });
    };
    const turn = (tx: EntityManager, fabric: FabricEntity) => bench.get(FabricTurn).work(tx, fabric);
    await part('revision', (tx) => bench.get(RevisionService).observe(tx, revisionOf(id, { from: 't2', to: 't3', files: [file('own.yaml', object('VLANNamespace', 'own', { ranges: [{ from: 1000, to: 1999 }] }), own(true))] })[0]!, bench.now()));
    await part('plan', turn);
    const [job] = dataOf(await bench.published(), 'steps.apply').filter(({ fabricId }) => fabricId === id);
    await part('outcome', (tx) => bench.get(OutcomeService).take(tx, { fabricId: id, operationId: job!.operationId, jobId: job!.jobId, epoch: 1, outcomes: job!.steps.map((step) => done(bench, step)) }));
    await part('end', turn);
    await part('watch', (tx) => bench.get(ObservationService).observe(tx, observed(id, 'VPC', [{ kind: 'VPC', name: 'own-1', spec: own(true)['spec'] as Record<string, unknown>, version: 900_000 }], { now: bench.now() })));
    await part('view', (tx, fabric) => fabricViews(tx, [fabric]));
    expect(job?.steps.map(({ target }) => target.name)).toEqual(['own-1']);
    return costs;
  }

  it('costs the same among 10,000 objects as among 200', async () => {
    const few = await road(200);
    const many = await road(10_000);
    // The findings and drifts of the larger one are told of, a hundred each.
    expect(Object.keys(many).filter((part) => many[part]!.all > few[part]!.all + 1_000), JSON.stringify({ few, many }, null, 1)).toEqual([]);
  }, 60_000);
});

describe('the tally', () => {
  it('says what a count would say', async () => {
    const differing = await bench.get(Database).query(
      `select coalesce(t.fabric_id, c.fabric_id) as fabric, coalesce(t.state, c.state) as state, t.objects as tallied, c.objects as counted from
         (select fabric_id, kind, state, switches, held, sum(objects) as objects from resource_tally group by 1, 2, 3, 4, 5 having sum(objects) <> 0) t
         full join (select fabric_id, kind, state, switches, held, count(*) as objects from resource group by 1, 2, 3, 4, 5) c using (fabric_id, kind, state, switches, held)
       where t.objects is distinct from c.objects`);
    expect(differing).toEqual([]);
    const [moved] = await bench.get(Database).query(`select count(*) as different from (select fabric_id, max(since) as at from resource group by 1) r join (select fabric_id, max(last_move_at) as at from resource_tally group by 1) t using (fabric_id) where r.at <> t.at`);
    expect(moved).toEqual({ different: '0' });
  });

  it('goes with its fabric', async () => {
    const { id, name } = await bench.newFabric();
    await bench.handle((tx) => seedObjects(tx, id, 20));
    await bench.get(Database).query('delete from fabric where name = $1', [name]);
    expect(await bench.get(Database).query('select objects from resource_tally where fabric_id = $1', [id])).toEqual([]);
  });

  it('is kept by SQL of a connection without a search_path', async () => {
    const id = await runningFabric(bench);
    const objects = (tx: EntityManager) => rowsOf<{ held: boolean; n: number }>(tx, `select held, sum(objects)::int as n from fabric.resource_tally where fabric_id = $1 and kind = 'VPC' group by 1 having sum(objects) > 0 order by 1`, [id]);
    await bench.handle(async (tx) => {
      await tx.query(`set local search_path to ''`);
      expect(await objects(tx)).toEqual([{ held: false, n: 2 }]);
      await tx.query(`update fabric.resource set held = true where fabric_id = $1 and name = 'vpc-1'`, [id]);
      await tx.query(`delete from fabric.resource where fabric_id = $1 and name = 'vpc-2'`, [id]);
      expect(await objects(tx)).toEqual([{ held: true, n: 1 }]);
    });
  });
});

describe('a page', () => {
  it('costs itself, whatever the list and the filter', async () => {
    const { id } = await bench.newFabric();
    await bench.handle((tx) => seedLists(tx, id, 10_000, 5_000));
    await bench.get(Database).query('vacuum analyze');
    const { dataSource } = bench.get(Database);
    const lists: Record<ListName, (query: never) => Promise<unknown>> = {
      resources: (query) => bench.get(ResourceService).list(query), findings: (query) => bench.get(FindingService).list(query), diff: (query) => bench.get(DiffService).list(query),
      drifts: (query) => bench.get(DriftService).list(query), verdicts: (query) => bench.get(DriftService).history(query), operations: (query) => bench.get(OperationRequests).list(query),
      plans: (query) => bench.get(PlanService).list(query), approvals: (query) => bench.get(ApprovalService).list(query), alerts: (query) => bench.get(AlertService).list(query),
    };
    const old = writeCursor([new Date(Date.now() - 4_900 * 60_000).toISOString(), '00000000-0000-4000-8000-000000000000']);
    const deep: Record<string, ListFilter> = {
      'resources, deep': { list: 'resources', filter: { cursor: writeCursor(['VPCAttachment', 'at-9']) }, ofFabric: true, walks: false }, 'drifts, deep': { list: 'drifts', filter: { cursor: old }, ofFabric: true, walks: false },
      'drifts of all fabrics, deep': { list: 'drifts', filter: { cursor: old }, ofFabric: false, walks: false }, 'operations, deep': { list: 'operations', filter: { cursor: old }, ofFabric: true, walks: false },
      'findings of documents': { list: 'findings', filter: { source: 'document' }, ofFabric: true, walks: false },
    };
    const costs: Record<string, number> = {};
    for (const [name, { list, filter, ofFabric }] of Object.entries({ ...LIST_FILTERS, ...deep }).filter(([, { walks }]) => !walks)) {
      costs[name] = await rowsScanned(dataSource, () => lists[list]({ ...(ofFabric && { fabric: id }), limit: 50, ...filter } as never));
    }
    expect(Object.entries(costs).filter(([, rows]) => rows > MOST_ROWS), JSON.stringify(costs)).toEqual([]);
  }, 60_000);
});
