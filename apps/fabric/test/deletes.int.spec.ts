import { randomUUID } from 'node:crypto';
import type { MessageData } from '@heddle/contracts';
import type { MessageContext } from '@heddle/messaging';
import { runInContext } from '@heddle/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlertKeeper } from '../src/alerts/alert-keeper.ts';
import { AlertService } from '../src/alerts/alert.service.ts';
import { ApprovalService } from '../src/approvals/approval.service.ts';
import { ApprovalStore } from '../src/approvals/approval-store.ts';
import { ExplainService } from '../src/explain/explain.service.ts';
import { EndOutdatedApprovals1796061660000 } from '../src/migrations/20261130180100-end-outdated-approvals.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { OperationHandlers } from '../src/operations/operation.handlers.ts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { RevisionService } from '../src/revisions/revision.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { done, file, finish, hear, namespaces, object, push, removed, revisionOf, see, vpc, vpcSpec } from './messages-to-fabric.ts';
import { jobsOf, runningFabric } from './running-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const plan = (fabric: string) => bench.get(PlanService).make({ fabric });

describe('deleting', () => {
  it('never follows from a body that is missing in the store', async () => {
    const id = await runningFabric(bench, { automaticSync: false });
    await push(bench, id, { from: 't1', to: 't2', files: [file('one.yaml', { ...vpc(1), spec: vpcSpec(7) })] });
    await bench.database.query(`delete from manifest m using resource r where r.fabric_id = $1 and r.name = 'vpc-1' and m.fabric_id = $1 and m.hash = r.desired_hash`, [id]);
    await expect(plan(id)).rejects.toThrow('vpc-1');
  });

  it('waits while a moved document has a version that nobody knows', async () => {
    const id = await runningFabric(bench, { automaticSync: false });
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml'), file('moved/two.yaml', { ...vpc(2), apiVersion: 'vpc.githedgehog.com/v1' })] });
    expect(await plan(id)).toMatchObject({ steps: [], withheld: [{ name: 'vpc-2', action: 'delete', reason: 'SourceIncomplete' }] });
  });

  it('does not follow a plan that was made before a document broke', async () => {
    const id = await runningFabric(bench, { automaticSync: false });
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml')] });
    const made = await plan(id);
    expect(made.steps).toMatchObject([{ action: 'delete', name: 'vpc-2' }]);
    await push(bench, id, { from: 't2', to: 't3', files: [file('new.yaml', { broken: 'tab' })] });
    await expect(bench.get(OperationRequests).start({ fabric: id, planId: made.id })).rejects.toMatchObject({ code: 'STATE-021' });
  });

  it('is taken back when Git has the object again', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml')] });
    const [job] = await jobsOf(bench, id);
    expect(job!.steps).toMatchObject([{ action: 'delete' }]);
    await push(bench, id, { from: 't2', to: 't3', files: [file('one.yaml', vpc(1))] });
    expect(dataOf(await bench.published(), 'steps.cancel')).toEqual([]);
    await push(bench, id, { from: 't3', to: 't4', files: [file('two.yaml', vpc(2))] });
    expect(dataOf(await bench.published(), 'steps.cancel')).toMatchObject([{ operationId: job!.operationId }]);
    await push(bench, id, { from: 't4', to: 't5', files: [file('two.yaml', vpc(2), { broken: 'tab' })] });
    expect(dataOf(await bench.published(), 'steps.cancel')).toEqual([]);
    await finish(bench, job!, job!.steps.map(({ stepId, attempt }) => ({ stepId, attempt, at: bench.now().toISOString(), outcome: { type: 'not_started', reason: 'Cancelled', message: '' } })));
    await bench.work();
    expect(await bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'vpc-2' })).toMatchObject({ levels: { apiServer: 'equal' } });
  });

  it('is taken back when a document breaks', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml')] });
    const [job] = await jobsOf(bench, id);
    await push(bench, id, { from: 't2', to: 't3', files: [file('new.yaml', { broken: 'tab' })] });
    expect(dataOf(await bench.published(), 'steps.cancel')).toMatchObject([{ operationId: job!.operationId }]);
  });

  it('is taken back when prune is switched off', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml')] });
    const [job] = await jobsOf(bench, id);
    await bench.get(FabricService).update({ fabric: id, patch: { policy: { prune: false } } });
    expect(dataOf(await bench.published(), 'steps.cancel')).toMatchObject([{ operationId: job!.operationId }]);
  });

  it('waits for a person after the source was changed', async () => {
    const id = await runningFabric(bench);
    await bench.get(FabricService).update({ fabric: id, patch: { source: { directory: 'other' } } });
    // Said too early: nobody has seen what the new source lacks.
    const early = await bench.get(OperationRequests).start({ fabric: id, prune: true });
    for (const job of await jobsOf(bench, id)) await finish(bench, job, job.steps.map((step) => done(bench, step)));
    expect(await bench.get(OperationRequests).get(early.id)).toMatchObject({ state: 'completed', counts: { total: 0 } });
    const [chunk] = revisionOf(id, { from: null, to: 't8', files: [file('pools.yaml', ...namespaces), file('one.yaml', vpc(1))], generation: 2 });
    await bench.handle((tx) => bench.get(RevisionService).observe(tx, { ...chunk!, directory: 'other' }, bench.now()));
    expect((await jobsOf(bench, id)).flatMap(({ steps }) => steps)).toEqual([]);
    expect(await plan(id)).toMatchObject({ steps: [], withheld: [{ name: 'vpc-2', action: 'delete', reason: 'SourceChanged', message: expect.stringContaining('prune: true') }] });
    await bench.get(OperationRequests).start({ fabric: id, prune: true });
    const [job] = await jobsOf(bench, id);
    expect(job!.steps).toMatchObject([{ action: 'delete', target: { name: 'vpc-2' } }]);
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    await push(bench, id, { from: 't8', to: 't9', files: [removed('one.yaml')], generation: 2 });
    expect((await jobsOf(bench, id)).flatMap(({ steps }) => steps)).toMatchObject([{ action: 'delete', target: { name: 'vpc-1' } }]);
  });

  const as = <Result>(name: string, fn: () => Promise<Result>): Promise<Result> => runInContext({ correlationId: randomUUID(), actor: { type: 'token', id: `token-${name}`, name } }, fn);
  const approve = (by: string, planId: string, hash: string) => as(by, () => bench.get(ApprovalService).approve({ planId, hash, reason: 'as agreed' }));
  const pending = async (fabric: string) => (await bench.get(ApprovalService).list({ fabric, limit: 10, state: 'pending' })).items;

  /** By the database's time, which decides. */
  const runOut = (approvalId: string) => bench.database.query(`update approval set expires_at = now() - interval '1 second' where id = $1`, [approvalId]);

  async function emptied(): Promise<string> {
    const id = await runningFabric(bench);
    const many = Array.from({ length: 12 }, (_, index) => vpc(10 + index));
    await push(bench, id, { from: 't1', to: 't2', files: [file('many.yaml', ...many)] });
    for (const job of await jobsOf(bench, id)) await finish(bench, job, job.steps.map((step) => done(bench, step)));
    await push(bench, id, { from: 't2', to: 't3', files: [removed('many.yaml')] });
    expect((await jobsOf(bench, id)).flatMap(({ steps }) => steps)).toEqual([]);
    return id;
  }

  it('waits past the budget for a second person, whoever confirms', async () => {
    const id = await emptied();
    const [asked] = await pending(id);
    expect(asked).toMatchObject({ requestedBy: [{ type: 'system' }], author: { name: 'Ada' }, deletes: { length: 12 } });
    await bench.handle((tx) => bench.get(AlertKeeper).look(tx));
    expect((await bench.get(AlertService).list({ fabric: id, type: 'approval_waiting', limit: 10 })).items).toMatchObject([{ state: 'active', objectCount: 12, summary: expect.stringContaining(`plan ${asked!.planId}, asked for by fabric`), remedy: expect.stringContaining('not Ada <ada@example.org>') }]);
    await bench.published();
    await as('carol', () => bench.get(OperationRequests).start({ fabric: id, prune: true }));
    expect((await jobsOf(bench, id)).flatMap(({ steps }) => steps)).toEqual([]);
    const waiting = await plan(id);
    expect(waiting).toMatchObject({ steps: [], held: { length: 12 }, counts: { delete: 0, withheld: 12 }, approval: { state: 'pending', reasons: [expect.stringContaining('more than 10'), expect.stringContaining('more than 30 %')] } });
    expect(new Set(waiting.withheld.map(({ reason }) => reason))).toEqual(new Set(['ApprovalNeeded']));
    await expect(approve('carol', waiting.id, waiting.hash)).rejects.toMatchObject({ code: 'AUTH-030' });
    await expect(approve('ada', waiting.id, waiting.hash)).rejects.toMatchObject({ code: 'AUTH-030' });
    await expect(approve('bob', waiting.id, 'another')).rejects.toMatchObject({ code: 'STATE-041' });
    expect(await approve('bob', waiting.id, waiting.hash)).toMatchObject({ state: 'used', decidedBy: { name: 'bob' }, operationId: expect.any(String) });
    await bench.work();
    const published = (await bench.published()).filter(({ data }) => (data as { fabricId?: string }).fabricId === id);
    expect(dataOf(published, 'approval.ended')).toMatchObject([{ approvalId: asked!.id, planId: waiting.id, state: 'approved', decidedBy: { name: 'bob' }, reason: 'as agreed' }]);
    const [job] = dataOf(published, 'steps.apply');
    expect(job!.steps).toHaveLength(12);
    // What did not go, was approved all the same; a new commit is another change.
    await finish(bench, job!, job!.steps.map((step, index) => (index > 0 ? done(bench, step) : { ...done(bench, step), outcome: { type: 'stalled', reason: 'Refused', message: 'later', remedy: '', causes: [] } })));
    bench.later(10_000);
    expect((await jobsOf(bench, id))[0]?.steps).toMatchObject([{ action: 'delete' }]);
  });

  it('is not approved any more when Git or the objects moved on', async () => {
    const id = await emptied();
    const [request] = await pending(id);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-10', spec: vpcSpec(10), version: 70_000 }]);
    await expect(approve('bob', request!.planId, request!.hash)).rejects.toMatchObject({ code: 'STATE-041', message: expect.stringContaining('have changed') });
    await bench.published();
    await push(bench, id, { from: 't3', to: 't4', files: [file('more.yaml', vpc(40))] });
    const ended = async () => {
      await bench.handle((tx) => bench.get(ApprovalStore).endOutdated(tx));
      return dataOf(await bench.published(), 'approval.ended').filter(({ fabricId }) => fabricId === id).map(({ approvalId, state, decidedBy }) => ({ approvalId, state, decidedBy }));
    };
    expect(await ended()).toEqual([{ approvalId: request!.id, state: 'superseded', decidedBy: null }]);
    expect(await ended()).toEqual([]);
    await bench.work();
    const told = dataOf(await bench.published(), 'approval.requested').filter(({ fabricId }) => fabricId === id);
    expect(told).toMatchObject([{ deleteCount: 12, deletes: { length: 12 }, sync: true, mayApprove: expect.stringContaining('Ada') }]);
    await runOut(told[0]!.approvalId);
    expect(await ended()).toEqual([{ approvalId: told[0]!.approvalId, state: 'expired', decidedBy: null }]);
    expect((await bench.get(ApprovalService).list({ fabric: id, state: 'expired', limit: 10 })).items).toMatchObject([{ id: told[0]!.approvalId, state: 'expired' }]);
    const listed = (await bench.get(ApprovalService).list({ fabric: id, limit: 10 })).items;
    expect(listed.find(({ id: of }) => of === request!.id)).toMatchObject({ state: 'superseded' });
    await expect(approve('bob', request!.planId, request!.hash)).rejects.toMatchObject({ code: 'STATE-041' });
  });

  it('is approved or has run out, never both, whatever the clocks say', async () => {
    const id = await emptied();
    const [request] = await pending(id);
    await bench.published();
    await runOut(request!.id);
    // This process is slow: by its time the request still waits.
    bench.later(-60_000);
    const [decided] = await Promise.allSettled([approve('bob', request!.planId, request!.hash), bench.handle((tx) => bench.get(ApprovalStore).endOutdated(tx))]).finally(() => bench.later(60_000));
    expect(decided).toMatchObject({ status: 'rejected', reason: { code: 'STATE-041' } });
    expect(dataOf(await bench.published(), 'approval.ended').filter(({ fabricId }) => fabricId === id)).toMatchObject([{ approvalId: request!.id, state: 'expired', decidedBy: null }]);
  });

  it('ends without a word where an older release left it', async () => {
    const id = await emptied();
    const [request] = await pending(id);
    await bench.published();
    await runOut(request!.id);
    await bench.handle((tx) => new EndOutdatedApprovals1796061660000().up(tx.queryRunner!));
    await bench.handle((tx) => bench.get(ApprovalStore).endOutdated(tx));
    expect(dataOf(await bench.published(), 'approval.ended').filter(({ fabricId }) => fabricId === id)).toEqual([]);
    expect((await bench.get(ApprovalService).list({ fabric: id, limit: 10 })).items).toMatchObject([{ id: request!.id, state: 'expired' }]);
  });

  it('is not asked for again when somebody said no', async () => {
    const id = await emptied();
    const [request] = await pending(id);
    await as('bob', () => bench.get(ApprovalService).reject({ planId: request!.planId, reason: 'a mistake' }));
    await bench.get(FabricService).update({ fabric: id, patch: { policy: { automaticSync: true } } });
    await bench.work();
    expect(await pending(id)).toEqual([]);
    bench.later(25 * 3_600_000);
    expect((await bench.get(ApprovalService).list({ fabric: id, limit: 10 })).items).toMatchObject([{ state: 'rejected', reason: 'a mistake' }]);
  });

  const carrying = (...numbers: number[]) => ({ vpcs: Object.fromEntries(numbers.map((number) => [`vpc-${number}`, vpcSpec(number)])) });

  it('is not over before the switches have dropped it', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 3, applied: 3, spec: carrying(1, 2) }, 'snapshot');
    const converged = async () => (await bench.get(FabricService).get(id)).conditions.find(({ type }) => type === 'Converged');
    expect(await converged()).toMatchObject({ status: 'True' });
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml')] });
    const [job] = await jobsOf(bench, id);
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    const vpc2 = () => bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'vpc-2' });
    expect(await vpc2()).toMatchObject({ state: 'deleting', reason: 'WaitingForController', switches: ['leaf-1'], levels: { git: 'absent', apiServer: 'absent', switches: 'pending' } });
    expect(await converged()).toMatchObject({ status: 'False', reason: 'Waiting' });
    await hear(bench, id, 'leaf-1', { generation: 4, applied: 3, spec: carrying(1) });
    expect(await vpc2()).toMatchObject({ state: 'deleting', reason: 'WaitingForSwitch' });
    await bench.published();
    await hear(bench, id, 'leaf-1', { generation: 4, applied: 4, spec: carrying(1) });
    expect(await vpc2()).toMatchObject({ state: 'deleted' });
    expect(await converged()).toMatchObject({ status: 'True' });
    expect(dataOf(await bench.published(), 'resources.converged')).toMatchObject([{ complete: true }]);
  });

  /** Of this fabric: time moves for all of them. */
  const stepsOf = async (fabric: string) => (await jobsOf(bench, fabric)).flatMap(({ steps }) => steps);

  it('lets a new VPC wait until the switches have dropped the old one', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 3, applied: 3, spec: carrying(1, 2) }, 'snapshot');
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml'), file('three.yaml', vpc(3))] });
    const [job] = await jobsOf(bench, id);
    expect(job!.steps).toMatchObject([{ stepId: 'delete/VPC/vpc-2' }]);
    const made = async () => (await bench.get(OperationRequests).get(job!.operationId)).steps.find(({ stepId }) => stepId === 'create/VPC/vpc-3');
    const operation = await bench.get(OperationRequests).get(job!.operationId);
    expect((await bench.get(PlanService).get(operation.planId!)).gates).toMatchObject([{ gate: 'vni_pause', message: 'waits for Agent leaf-1 to drop VPC vpc-2', steps: ['create/VPC/vpc-3'] }]);
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    bench.later(6_000);
    await hear(bench, id, 'leaf-1', { generation: 4, applied: 3, spec: carrying(1) });
    expect(await stepsOf(id)).toEqual([]);
    expect(await made()).toMatchObject({ state: 'planned', wait: { reason: 'VniPause', for: 'Agent leaf-1 to drop VPC vpc-2' } });
    await hear(bench, id, 'leaf-1', { generation: 4, applied: 4, spec: carrying(1) });
    bench.later(6_000);
    expect(await stepsOf(id)).toMatchObject([{ stepId: 'create/VPC/vpc-3' }]);
  });

  it('does not let a new VPC wait for ever', async () => {
    const id = await runningFabric(bench);
    await bench.get(FabricService).update({ fabric: id, patch: { policy: { vniPauseSeconds: 30 } } });
    await hear(bench, id, 'leaf-1', { generation: 3, applied: 3, spec: carrying(1, 2) }, 'snapshot');
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml'), file('three.yaml', vpc(3))] });
    const [job] = await jobsOf(bench, id);
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    bench.later(31_000);
    expect(await stepsOf(id)).toEqual([]);
    expect(await bench.get(OperationRequests).get(job!.operationId)).toMatchObject({ state: 'failed', reason: 'AgentsKeepVpc', message: expect.stringContaining('Agent leaf-1 to drop VPC vpc-2') });
  });

  it('says nothing of an object that was made anew meanwhile', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [removed('two.yaml')] });
    const [job] = await jobsOf(bench, id);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-2', spec: vpcSpec(2), uid: 'another', version: 90_000 }]);
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    expect(await bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'vpc-2' })).toMatchObject({ live: { spec: vpcSpec(2) }, state: 'orphaned' });
  });
});

describe('replacing', () => {
  const link = { server: { port: 'server-1/eth0' }, switch: { port: 'leaf-1/E1/1' } };
  const connection = (spec: Record<string, unknown>) => object('Connection', 'c-1', spec);
  const attachment = object('VPCAttachment', 'at-1', { subnet: 'vpc-1/default', connection: 'c-1' });

  it('goes in order, and what was made again is taken for it', async () => {
    const id = await runningFabric(bench, { automaticSync: false, budget: { maxDeletes: 10, maxDeletePercent: 100, protectedKinds: [], protectedObjects: [] } });
    for (const kind of ['Connection', 'VPCAttachment']) await see(bench, id, kind, [], 'snapshot');
    const sync = async (replace?: boolean) => {
      await bench.get(OperationRequests).start({ fabric: id, ...(replace !== undefined && { replace }) });
      return (await jobsOf(bench, id))[0];
    };
    await push(bench, id, { from: 't1', to: 't2', files: [file('wires.yaml', connection({ unbundled: { link } }), attachment)] });
    const first = (await sync())!;
    await finish(bench, first, first.steps.map((step) => done(bench, step)));
    await push(bench, id, { from: 't2', to: 't3', files: [file('wires.yaml', connection({ bundled: { links: [link] } }), attachment)] });
    expect((await plan(id)).withheld).toMatchObject([{ kind: 'Connection', reason: 'ImmutableField' }]);
    const job = (await sync(true))!;
    const order = ['delete/VPCAttachment/at-1', 'delete/Connection/c-1', 'create/Connection/c-1', 'create/VPCAttachment/at-1'];
    expect(job.steps.map(({ stepId }) => stepId)).toEqual(order);
    expect(job.steps.slice(1).map(({ stepId, dependsOn }) => dependsOn.includes(order[order.indexOf(stepId) - 1]!))).toEqual([true, true, true]);
    const live = (name: string) => bench.get(ResourceService).get({ fabric: id, kind: 'Connection', name });
    await finish(bench, job, job.steps.slice(0, 2).map((step) => done(bench, step)));
    expect(await live('c-1')).toMatchObject({ state: 'pending', live: null });
    await finish(bench, job, job.steps.slice(2).map((step) => done(bench, step)));
    expect(await live('c-1')).toMatchObject({ live: { spec: { bundled: { links: [link] } } }, levels: { apiServer: 'equal' } });
    expect(await plan(id)).toMatchObject({ steps: [], withheld: [] });
  });
});

describe('a dry run', () => {
  type Job = Awaited<ReturnType<typeof jobsOf>>[number];
  const answer = (job: Job, outcome: (step: Job['steps'][number]) => MessageData<'steps.finished'>['outcomes'][number]) =>
    bench.handle((tx) => bench.get(OperationHandlers).finished({ fabricId: job.fabricId, operationId: job.operationId, jobId: job.jobId, epoch: 1, outcomes: job.steps.map(outcome) }, { tx } as MessageContext));
  const refuse = (step: Job['steps'][number]) => ({ ...done(bench, step), outcome: { type: 'stalled' as const, reason: 'Refused', message: 'webhook says no', remedy: 'Correct it.', causes: [] } });

  it('goes before the first write, and stops the operation when it is refused', async () => {
    const id = await runningFabric(bench);
    await bench.get(FabricService).update({ fabric: id, patch: { policy: { dryRun: true } } });
    await push(bench, id, { from: 't1', to: 't2', files: [file('three.yaml', vpc(3), vpc(4))] });
    const [asked] = await jobsOf(bench, id);
    expect(asked).toMatchObject({ dryRun: true, steps: [{ stepId: 'dry-run/create/VPC/vpc-3', action: 'create' }, { stepId: 'dry-run/create/VPC/vpc-4' }] });
    await answer(asked!, (step) => (step.target.name === 'vpc-3' ? refuse(step) : done(bench, step)));
    expect(await jobsOf(bench, id)).toEqual([]);
    expect(await bench.get(OperationRequests).get(asked!.operationId)).toMatchObject({ state: 'failed', reason: 'DryRunRefused', message: expect.stringContaining('create VPC vpc-3: Refused: webhook says no'), counts: { notStarted: 2 } });
    const explain = (name: string) => bench.get(ExplainService).explain({ fabric: id, kind: 'VPC', name });
    expect(await explain('vpc-3')).toMatchObject({ blocker: { level: 'applied', state: 'blocked', reason: 'DryRunRefused', message: expect.stringContaining('webhook says no'), remedy: expect.stringContaining('Correct the object in Git') } });
    expect(await explain('vpc-4')).toMatchObject({ blocker: { level: 'applied', reason: 'DependencyFailed', message: expect.stringContaining('Nothing was written. create/VPC/vpc-3') } });
    await push(bench, id, { from: 't2', to: 't3', files: [file('three.yaml', vpc(4))] });
    const [again] = await jobsOf(bench, id);
    expect(again).toMatchObject({ dryRun: true, steps: [{ stepId: 'dry-run/create/VPC/vpc-4' }] });
    await answer(again!, (step) => done(bench, step));
    const [write] = await jobsOf(bench, id);
    expect(write).toMatchObject({ dryRun: false, operationId: again!.operationId, steps: [{ stepId: 'create/VPC/vpc-4' }] });
  });

  it('of a plan alone writes nothing and stands at each step', async () => {
    const id = await runningFabric(bench, { automaticSync: false });
    const peering = object('VPCPeering', 'p', { permit: [{ 'vpc-1': {}, 'vpc-3': {} }] });
    await see(bench, id, 'VPCPeering', [], 'snapshot');
    await push(bench, id, { from: 't1', to: 't2', files: [file('three.yaml', vpc(3), peering)] });
    const made = await bench.get(PlanService).make({ fabric: id, dryRun: true });
    expect(made).toMatchObject({ dryRun: { state: 'running' }, steps: [{ dryRun: { state: 'running' } }, { dryRun: { state: 'not_possible', message: 'depends on create/VPC/vpc-3' } }] });
    const [asked] = await jobsOf(bench, id);
    await answer(asked!, (step) => done(bench, step));
    expect(await bench.get(PlanService).get(made.id)).toMatchObject({ status: 'current', dryRun: { state: 'passed' }, steps: [{ dryRun: { state: 'passed' } }, { dryRun: { state: 'not_possible' } }] });
    expect((await bench.get(PlanService).render({ planId: made.id, format: 'text' })).text).toContain('dry-run: not possible, depends on create/VPC/vpc-3');
    expect(await jobsOf(bench, id)).toEqual([]);
  });
});

it('asks for the revision again when a chunk never came', async () => {
  const id = await runningFabric(bench, { automaticSync: false });
  const [first] = revisionOf(id, { from: 't1', to: 't2', files: [file('one.yaml', vpc(1)), removed('two.yaml')], chunks: 2 });
  await bench.handle((tx) => bench.get(RevisionService).observe(tx, first!, bench.now()));
  await bench.published();
  bench.later(120_000);
  await push(bench, id, { from: 't2', to: 't3', files: [file('one.yaml', vpc(1))] });
  expect(dataOf(await bench.published(), 'revision.wanted')).toMatchObject([{ fromTree: 't1' }]);
});
