import type { MessageData } from '@heddle/contracts';
import { Conflict, Metrics } from '@heddle/platform';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ExplainService } from '../src/explain/explain.service.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { claimDueFabric } from '../src/operations/due-work.ts';
import { Dispatcher } from '../src/operations/dispatcher.ts';
import { type Gate, GATES } from '../src/operations/may-dispatch.ts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { connect, done, file, finish, KUBECTL, namespaces, object, push, removed, see, vpc, vpcSpec } from './messages-to-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const KINDS = ['IPv4Namespace', 'VLANNamespace', 'VPC', 'VPCPeering'];
const peering = object('VPCPeering', 'vpc-1--vpc-2', { permit: [{ 'vpc-1': {}, 'vpc-2': {} }] });

/** A connected fabric whose cluster was listed and is empty. */
async function connected(policy: Parameters<FabricBench['newFabric']>[0] = {}): Promise<string> {
  const { id } = await bench.newFabric(policy);
  await connect(bench, id);
  for (const kind of KINDS) await see(bench, id, kind, [], 'snapshot');
  await bench.published();
  return id;
}

/** What the fabric sends now; other tests' fabrics may send something again at the same time. */
async function jobs(id: string): Promise<MessageData<'steps.apply'>[]> {
  await bench.work();
  return dataOf(await bench.published(), 'steps.apply').filter(({ fabricId }) => fabricId === id);
}

/** Pushes, lets it be planned, and has all steps done. */
async function synced(id: string, ...documents: Record<string, unknown>[]): Promise<void> {
  await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...documents)] });
  for (const job of await jobs(id)) await finish(bench, job, job.steps.map((step) => done(bench, step)));
  await bench.published();
}

const view = (id: string) => bench.get(FabricService).get(id);
const resource = (fabric: string, kind: string, name: string) => bench.get(ResourceService).get({ fabric, kind, name });
const explain = (fabric: string, kind?: string, name?: string) => bench.get(ExplainService).explain({ fabric, kind, name });
const lastOperation = async (fabric: string) => bench.get(OperationRequests).get((await bench.get(OperationRequests).list({ fabric, limit: 1 })).items[0]!.id);

describe('operations', () => {
  it('are counted from nothing, whatever their end', async () => {
    const { values } = await bench.get(Metrics).registry.getSingleMetric('heddle_operations_total')!.get();
    expect(values.filter(({ labels }) => labels['type'] === 'revert' && labels['trigger'] === 'self_heal').map(({ labels, value }) => [labels['state'], value])).toEqual([['completed', 0], ['failed', 0]]);
  });

  it('takes the last word on an object that two steps of one message were about', async () => {
    const id = await connected();
    for (const [kind, name] of [['IPv4Namespace', 'default'], ['VLANNamespace', 'default']] as const) await see(bench, id, kind, [{ kind, name, spec: namespaces.find((each) => each['kind'] === kind)!['spec'] as Record<string, unknown>, version: 10, managers: [KUBECTL] }]);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: { ...vpcSpec(1), subnets: { default: { subnet: '10.0.1.0/24', gateway: '10.0.1.1', vlan: 1900 } } }, version: 11, managers: [KUBECTL] }]);
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1))] });
    const [job] = await jobs(id);
    expect(job!.steps.map(({ stepId }) => stepId)).toEqual(expect.arrayContaining(['take_ownership/VPC/vpc-1', 'update/VPC/vpc-1']));
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    expect(await view(id)).toMatchObject({ sync: { state: 'in_sync' } });
    expect((await resource(id, 'VPC', 'vpc-1')).levels).toMatchObject({ apiServer: 'equal' });
  });

  it('carries a push out in order, outcomes in any order', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', peering, vpc(2), vpc(1), ...namespaces)] });
    expect(await view(id)).toMatchObject({ state: 'active', sync: { state: 'never_synced' } });
    const [job] = await jobs(id);
    const depends = new Map(job!.steps.map(({ stepId, dependsOn }) => [stepId, dependsOn]));
    expect(depends.get('create/VPC/vpc-1')).toEqual(['create/IPv4Namespace/default', 'create/VLANNamespace/default']);
    expect(depends.get('create/VPCPeering/vpc-1--vpc-2')).toEqual(['create/VPC/vpc-1', 'create/VPC/vpc-2']);
    expect(await view(id)).toMatchObject({ sync: { state: 'syncing' }, counts: { pending: 5 } });
    const outcomes = job!.steps.map((step) => done(bench, step)).toReversed();
    await finish(bench, job!, outcomes.slice(0, 2));
    await finish(bench, job!, outcomes.slice(0, 2));
    await finish(bench, job!, [{ ...outcomes[3]!, outcome: { type: 'retry', at: bench.now().toISOString(), try: 1, reason: 'TooManyRequests', message: 'wait' } }]);
    expect(await lastOperation(id)).toMatchObject({ state: 'in_progress', counts: { total: 5, done: 2, retrying: 1 } });
    await finish(bench, job!, [...outcomes.slice(2), { ...outcomes[3]!, at: '2020-01-01T00:00:00.000Z', outcome: { type: 'waiting', on: 'x', since: '2020-01-01T00:00:00.000Z' } }]);
    expect(await lastOperation(id)).toMatchObject({ state: 'completed', trigger: 'automatic', counts: { done: 5 } });
    expect(await view(id)).toMatchObject({ sync: { state: 'in_sync' } });
    const published = await bench.published();
    expect(dataOf(published, 'operation.finished')).toMatchObject([{ state: 'completed', done: 5 }]);
    expect(dataOf(published, 'fabric.sync_changed').map(({ from, to }) => `${from} ${to}`)).toEqual(['syncing in_sync']);
    expect((await bench.get(PlanService).make({ fabric: id }))).toMatchObject({ steps: [], withheld: [], counts: { unchanged: 5 } });
  });

  it('ignores outcomes of steps and attempts that it does not know', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', namespaces[0]!)] });
    const [job] = await jobs(id);
    const outcome = done(bench, job!.steps[0]!);
    await finish(bench, job!, [{ ...outcome, stepId: 'delete/VPC/x' }, { ...outcome, attempt: 2 }]);
    await finish(bench, { ...job!, operationId: '00000000-0000-4000-8000-00000000000f' }, [outcome]);
    expect(await lastOperation(id)).toMatchObject({ state: 'in_progress', counts: { done: 0 } });
  });

  it('fails naming the blocker and tries again later', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1))] });
    const [job] = await jobs(id);
    await finish(bench, job!, job!.steps.map((step) => step.target.kind !== 'VPC' ? done(bench, step)
      : { ...done(bench, step), outcome: { type: 'stalled', reason: 'Refused', message: 'webhook says no', remedy: 'Correct it.', causes: [] } }));
    expect(await lastOperation(id)).toMatchObject({ state: 'failed', reason: 'Refused', message: 'create VPC vpc-1: webhook says no' });
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'failed', reason: 'Refused', message: 'webhook says no' });
    expect(await explain(id, 'VPC', 'vpc-1')).toMatchObject({ converged: false, summary: expect.stringMatching(/^VPC vpc-1 is not in the API server as Git has it: webhook says no\. Try 2 at/), blocker: { level: 'applied', state: 'waiting', reason: 'Refused', remedy: 'Correct it.', wait: { try: 2 } } });
    const failed = await view(id);
    expect(failed).toMatchObject({ sync: { state: 'error', try: 2, remedy: 'Correct it.', nextTryAt: expect.any(String) }, counts: { failed: 1 } });
    expect(failed.conditions.find(({ type }) => type === 'Synced')).toMatchObject({ status: 'False', reason: 'Refused', try: 2, nextTryAt: failed.sync.nextTryAt, message: expect.stringMatching(/webhook says no.*Try 2 at .*Correct it\./) });
    expect(await jobs(id)).toEqual([]);
    bench.later(6_000);
    expect((await jobs(id))[0]?.steps.map(({ stepId }) => stepId)).toEqual(['create/VPC/vpc-1']);
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'pending' });
  });

  it('asks for a person where the cause never passes by itself', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    const [job] = await jobs(id);
    await finish(bench, job!, job!.steps.map((step) => ({ ...done(bench, step), outcome: { type: 'stalled', reason: 'Forbidden', message: 'cannot patch', remedy: 'Grant the verb patch.', causes: [] } })));
    expect(await explain(id)).toMatchObject({ converged: false, blocker: { level: 'applied', state: 'blocked', reason: 'Forbidden', remedy: 'Grant the verb patch.' }, objects: [{ kind: 'IPv4Namespace', reason: 'Forbidden' }, { kind: 'VLANNamespace' }] });
    expect((await view(id)).conditions.find(({ type }) => type === 'Synced')).toMatchObject({ nextTryAt: null, remedy: 'Grant the verb patch.', message: expect.stringContaining('not tried again by itself. Grant the verb patch.') });
    bench.later(20 * 60_000);
    expect((await jobs(id)).filter(({ fabricId }) => fabricId === id)).toEqual([]);
  });

  it('deletes only with prune, referrers first', async () => {
    const id = await connected();
    await synced(id, ...namespaces, vpc(1), vpc(2), peering);
    await push(bench, id, { from: 't1', to: 't2', files: [file('a.yaml', ...namespaces, vpc(2))] });
    expect(await jobs(id)).toEqual([]);
    const plan = await bench.get(PlanService).make({ fabric: id });
    expect(plan.steps).toEqual([]);
    expect(plan.withheld.map(({ reason, kind }) => `${reason} ${kind}`)).toEqual(['PruneOff VPC', 'PruneOff VPCPeering']);
    expect(await explain(id, 'VPC', 'vpc-1')).toMatchObject({ blocker: { level: 'planned', reason: 'PruneOff', remedy: expect.stringContaining('--prune') } });
    await expect(explain(id, 'VPC', 'nobody')).rejects.toThrow(/Neither Git nor the cluster/);
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'orphaned', reason: 'RemovedFromGit' });
    await bench.get(FabricService).update({ fabric: id, patch: { policy: { prune: true } } });
    const [job] = await jobs(id);
    expect(job?.steps.map(({ stepId, dependsOn }) => [stepId, dependsOn])).toEqual([['delete/VPCPeering/vpc-1--vpc-2', []], ['delete/VPC/vpc-1', ['delete/VPCPeering/vpc-1--vpc-2']]]);
    expect(job?.steps[0]?.preconditions).toMatchObject({ uid: 'uid-VPCPeering-vpc-1--vpc-2' });
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'deleting' });
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'deleted', base: null, live: null });
    expect(await view(id)).toMatchObject({ sync: { state: 'in_sync' }, counts: { resources: 3 } });
  });

  it('prunes nothing while a document is unreadable', async () => {
    const id = await connected({ prune: true });
    await synced(id, ...namespaces, vpc(1));
    await push(bench, id, { from: 't1', to: 't2', files: [file('a.yaml', ...namespaces), file('b.yaml', { broken: 'bad' })] });
    expect(await jobs(id)).toEqual([]);
    expect((await bench.get(PlanService).make({ fabric: id })).withheld).toMatchObject([{ kind: 'VPC', name: 'vpc-1', action: 'delete', reason: 'SourceIncomplete' }]);
    await push(bench, id, { from: 't2', to: 't3', files: [removed('b.yaml')] });
    expect((await jobs(id))[0]?.steps.map(({ stepId }) => stepId)).toEqual(['delete/VPC/vpc-1']);
  });

  it('never touches what lives without Heddle', async () => {
    const id = await connected({ prune: true });
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-9', spec: vpcSpec(9), version: 5, managers: [] }]);
    await synced(id, ...namespaces);
    expect(await resource(id, 'VPC', 'vpc-9')).toMatchObject({ state: 'orphaned', reason: 'NotInGit', levels: { git: 'absent' } });
    expect(await bench.get(PlanService).make({ fabric: id })).toMatchObject({ steps: [], withheld: [] });
    expect(await view(id)).toMatchObject({ counts: { foreign: 1 } });
  });

  it('takes ownership before it first manages an object', async () => {
    const id = await connected({ automaticSync: false });
    const managers = [{ manager: 'kubectl-client-side-apply', operation: 'Update' as const, fields: { 'f:spec': { 'f:subnets': {} } } }];
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 5, managers }]);
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1))] });
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'committed', reason: 'NotManagedYet', levels: { apiServer: 'equal' } });
    const plan = await bench.get(PlanService).make({ fabric: id });
    const steps = plan.steps.filter(({ kind }) => kind === 'VPC');
    expect(steps).toMatchObject([
      { stepId: 'take_ownership/VPC/vpc-1', preconditions: { uid: 'uid-VPC-vpc-1', resourceVersion: '5' } },
      { stepId: 'update/VPC/vpc-1', preconditions: { uid: 'uid-VPC-vpc-1' }, dependsOn: expect.arrayContaining(['take_ownership/VPC/vpc-1']) },
    ]);
    const operation = await bench.get(OperationRequests).start({ fabric: id, planId: plan.id });
    expect(operation).toMatchObject({ state: 'in_progress', trigger: 'manual', planId: plan.id });
    const [job] = dataOf(await bench.published(), 'steps.apply');
    expect(job?.steps.find(({ action }) => action === 'take_ownership')).toMatchObject({ fromManagers: ['kubectl-client-side-apply'] });
  });

  it('refuses a superseded plan', async () => {
    const id = await connected({ automaticSync: false });
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    const plan = await bench.get(PlanService).make({ fabric: id });
    expect(plan).toMatchObject({ status: 'current', tree: 't1', counts: { create: 2 } });
    await push(bench, id, { from: 't1', to: 't2', files: [file('b.yaml', vpc(1))] });
    expect(await bench.get(PlanService).get(plan.id)).toMatchObject({ status: 'superseded' });
    await expect(bench.get(OperationRequests).start({ fabric: id, planId: plan.id })).rejects.toThrow(Conflict);
  });

  it('lets a second operation wait its turn', async () => {
    const id = await connected({ automaticSync: false });
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    const requests = bench.get(OperationRequests);
    const first = await requests.start({ fabric: id });
    const [job] = await jobs(id);
    const second = await requests.start({ fabric: id });
    expect([first.state, second.state, second.number - first.number]).toEqual(['in_progress', 'pending', 1]);
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    await bench.work();
    expect(await requests.get(second.id)).toMatchObject({ state: 'completed', reason: 'NothingToDo' });
  });

  it('syncs chosen objects and what they need', async () => {
    const id = await connected({ automaticSync: false });
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1), vpc(2))] });
    const plan = await bench.get(PlanService).make({ fabric: id, objects: [{ kind: 'VPC', name: 'vpc-1' }] });
    expect(plan.steps.map(({ stepId, reason }) => `${stepId}: ${reason}`)).toEqual([
      'create/IPv4Namespace/default: needed by VPC vpc-1', 'create/VLANNamespace/default: needed by VPC vpc-1', 'create/VPC/vpc-1: in Git, not in the cluster']);
    expect(plan.withheld).toMatchObject([{ name: 'vpc-2', reason: 'NotSelected' }]);
  });

  it('cancels what has not been sent', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1))] });
    const [job] = await jobs(id);
    await finish(bench, job!, [done(bench, job!.steps[0]!)]);
    const cancelled = await bench.get(OperationRequests).cancel(job!.operationId);
    expect(cancelled).toMatchObject({ state: 'in_progress', reason: 'CancelRequested' });
    expect(dataOf(await bench.published(), 'steps.cancel')).toMatchObject([{ operationId: job!.operationId }]);
    await finish(bench, job!, job!.steps.slice(1).map((step) => ({ ...done(bench, step), outcome: { type: 'not_started', reason: 'Cancelled', message: 'taken back' } })));
    expect(await lastOperation(id)).toMatchObject({ state: 'cancelled', counts: { done: 1, notStarted: 2 } });
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'committed' });
  });

  it('ends an operation at its deadline', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    const [job] = await jobs(id);
    bench.later(15 * 60_000 + 30_000);
    await bench.work();
    // k8s-sync says why a step was given up at the deadline: it is listened to for a while.
    expect(await bench.get(OperationRequests).get(job!.operationId)).toMatchObject({ state: 'in_progress' });
    bench.later(30_000);
    await bench.work();
    expect(await bench.get(OperationRequests).get(job!.operationId)).toMatchObject({ state: 'failed', reason: 'DeadlinePassed', counts: { notStarted: 2 } });
    expect(dataOf(await bench.published(), 'steps.cancel').filter(({ fabricId }) => fabricId === id)).toHaveLength(1);
    expect(await view(id)).toMatchObject({ sync: { state: 'error' } });
    expect(await explain(id, 'IPv4Namespace', 'default')).toMatchObject({ blocker: { level: 'applied', reason: 'DeadlinePassed', message: expect.stringMatching(/The deadline .* passed\. Try 2 at/) } });
  });

  describe('while a gate holds steps back', () => {
    const holding: Gate = ({ now }, { kind }) => (kind === 'VPC' ? { reason: 'NotYet', for: 'a test to let it go', since: now, until: null, owner: 'a person', remedy: 'Let it go.' } : null);
    const dispatcher = () => bench.get(Dispatcher);
    afterEach(() => { dispatcher().gates = GATES; });

    /** The job of what no gate held, of a push with two pools, two VPCs and their peering. */
    async function held(): Promise<{ id: string; job: MessageData<'steps.apply'> }> {
      dispatcher().gates = [holding];
      const id = await connected();
      await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1), peering, vpc(2))] });
      const [job] = await jobs(id);
      expect(job!.steps.map(({ target }) => target.kind).toSorted()).toEqual(['IPv4Namespace', 'VLANNamespace']);
      return { id, job: job! };
    }

    it('sends the rest, tells what is waited for, and goes on when it opens', async () => {
      const { id, job } = await held();
      await finish(bench, job, job.steps.map((step) => done(bench, step)));
      expect(await jobs(id)).toEqual([]);
      const waiting = await lastOperation(id);
      expect(waiting).toMatchObject({ state: 'in_progress', owner: 'fabric, k8s-sync', counts: { done: 2, total: 5 }, wait: { reason: 'NotYet', for: 'a test to let it go', owner: 'a person', remedy: 'Let it go.' } });
      expect(waiting.steps.find(({ kind }) => kind === 'VPCPeering')!.wait).toMatchObject({ reason: 'Dependency', for: expect.stringContaining('create VPC vpc-1') });
      expect(await explain(id, 'VPC', 'vpc-1')).toMatchObject({ blocker: { level: 'applied', reason: 'NotYet', remedy: 'Let it go.' }, operation: { state: 'in_progress' } });
      expect(await explain(id)).toMatchObject({ blocker: { level: 'applied', reason: 'NotYet' } });
      for (const minutes of [14, 14]) {
        bench.later(minutes * 60_000);
        expect(await jobs(id)).toEqual([]);
      }
      dispatcher().gates = GATES;
      bench.later(5_000);
      const [rest] = await jobs(id);
      expect(rest!.steps.map(({ stepId }) => stepId).toSorted()).toEqual(['create/VPC/vpc-1', 'create/VPC/vpc-2', 'create/VPCPeering/vpc-1--vpc-2']);
      expect(rest!.operationId).toBe(job.operationId);
      expect(Date.parse(rest!.deadline)).toBeGreaterThan(bench.now().getTime() + 14 * 60_000);
      await finish(bench, rest!, rest!.steps.map((step) => done(bench, step)));
      expect(await lastOperation(id)).toMatchObject({ state: 'completed', counts: { done: 5 } });
    });

    it('gives them up when what they depend on fails', async () => {
      const { id, job } = await held();
      await finish(bench, job, job.steps.map((step) => ({ ...done(bench, step), outcome: { type: 'stalled', reason: 'Invalid', message: 'no', remedy: 'Correct it.', causes: [] } })));
      await bench.work();
      expect(await explain(id, 'VPCPeering', 'vpc-1--vpc-2')).toMatchObject({ blocker: { level: 'applied', state: 'blocked', reason: 'Invalid', remedy: 'Correct it.', message: expect.stringMatching(/step create (IPv4|VLAN)Namespace default before it failed: no/) } });
      expect(await lastOperation(id)).toMatchObject({ state: 'failed', reason: 'Invalid', counts: { stalled: 2, notStarted: 3 } });
      expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'failed', reason: 'DependencyFailed' });
    });

    it('cancels them at once', async () => {
      const { id, job } = await held();
      await finish(bench, job, job.steps.map((step) => done(bench, step)));
      expect(await bench.get(OperationRequests).cancel(job.operationId)).toMatchObject({ state: 'cancelled', counts: { done: 2, notStarted: 3 } });
      expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'committed' });
    });
  });

  it('takes an object of a cancelled create for its own', async () => {
    const id = await connected({ prune: true });
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    const [first] = await jobs(id);
    await finish(bench, first!, first!.steps.map((step) => done(bench, step)));
    await push(bench, id, { from: 't1', to: 't2', files: [file('v.yaml', vpc(1))] });
    const [job] = await jobs(id);
    await finish(bench, job!, job!.steps.map(({ stepId, attempt }) => ({ stepId, attempt, at: bench.now().toISOString(), outcome: { type: 'not_started', reason: 'Cancelled', message: '' } })));
    await push(bench, id, { from: 't2', to: 't3', files: [removed('v.yaml')] });
    await jobs(id);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 50_000 }]);
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'orphaned', reason: 'RemovedFromGit' });
    expect((await bench.get(PlanService).make({ fabric: id })).steps).toMatchObject([{ action: 'delete', name: 'vpc-1' }]);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-9', spec: vpcSpec(9), version: 50_001 }]);
    expect(await resource(id, 'VPC', 'vpc-9')).toMatchObject({ reason: 'NotInGit' });
  });

  it('plans a revision that came during an operation', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    const [job] = await jobs(id);
    await push(bench, id, { from: 't1', to: 't2', files: [file('b.yaml', vpc(1))] });
    expect(await jobs(id)).toEqual([]);
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    expect((await jobs(id)).flatMap(({ steps }) => steps.map(({ stepId }) => stepId))).toEqual(['create/VPC/vpc-1']);
  });

  it('takes back writes that a newer revision wants otherwise, and no others', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1), vpc(2))] });
    const [job] = await jobs(id);
    const changed = object('VPC', 'vpc-1', { ...vpcSpec(1), subnets: { default: { subnet: '10.0.1.0/24', gateway: '10.0.1.1', vlan: 1099 } } });
    await push(bench, id, { from: 't1', to: 't2', files: [file('a.yaml', ...namespaces, changed, vpc(2))] });
    expect(dataOf(await bench.published(), 'steps.cancel')).toMatchObject([{ operationId: job!.operationId, stepIds: ['create/VPC/vpc-1'], reason: expect.stringContaining('commit-t2') }]);
    await finish(bench, job!, job!.steps.map((step) => (step.stepId !== 'create/VPC/vpc-1' ? done(bench, step)
      : { ...done(bench, step), outcome: { type: 'not_started', reason: 'Superseded', message: 'Git moved on.' } })));
    expect(await lastOperation(id)).toMatchObject({ state: 'superseded', reason: 'RevisionSuperseded', counts: { done: 3, notStarted: 1 } });
    expect(await resource(id, 'VPC', 'vpc-1')).toMatchObject({ state: 'committed' });
    expect((await view(id)).sync.state).toBe('out_of_sync');
    expect((await jobs(id)).flatMap(({ steps }) => steps.map(({ stepId, body }) => [stepId, (body?.['spec'] as ReturnType<typeof vpcSpec>).subnets]))).toMatchObject([['create/VPC/vpc-1', { default: { vlan: 1099 } }]]);
  });

  it('supersedes what waits when a newer revision comes', async () => {
    const id = await connected();
    const requests = bench.get(OperationRequests);
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    const [job] = await jobs(id);
    const plain = await requests.start({ fabric: id });
    const chosen = await requests.start({ fabric: id, objects: [{ kind: 'VPC', name: 'vpc-1' }] });
    expect(await requests.get(plain.id)).toMatchObject({ state: 'pending', owner: 'fabric', wait: { reason: 'OperationBefore', owner: `operation ${job!.operationNumber}`, since: plain.createdAt, until: plain.deadline, try: 1 } });
    expect((await requests.list({ fabric: id, limit: 1 })).items).toMatchObject([{ id: chosen.id, wait: { owner: `operation ${plain.number}` } }]);
    await push(bench, id, { from: 't1', to: 't2', files: [file('b.yaml', vpc(1))] });
    expect(await requests.get(plain.id)).toMatchObject({ state: 'superseded', reason: 'RevisionSuperseded', wait: null });
    expect(await requests.get(chosen.id)).toMatchObject({ state: 'pending' });
    await finish(bench, job!, job!.steps.map((step) => done(bench, step)));
    expect((await jobs(id)).flatMap(({ steps }) => steps.map(({ stepId }) => stepId))).toEqual(['create/VPC/vpc-1']);
  });

  it('gives each fabric its turn, however much the others have to do', async () => {
    const ids = [await connected(), await connected(), await connected(), await connected(), await connected()];
    // These are due at once for ever, as one is whose plan never comes to an end.
    await bench.database.query(`update fabric set plan_due_at = now() - interval '1 day' + n * interval '1 hour', worked_at = null from unnest($1::uuid[]) with ordinality as t(id, n) where fabric.id = t.id`, [ids]);
    const turns: (string | null)[] = [];
    const others = (await bench.database.query<{ id: string }>('select id from fabric where id <> all($1)', [ids])).map(({ id }) => id);
    for (let turn = 1; turn <= 10; turn++) turns.push(await bench.handle((tx) => claimDueFabric(tx, new Date(bench.now().getTime() + turn), others)));
    await bench.database.query('update fabric set plan_due_at = null where id = any($1)', [ids]);
    expect(turns).toEqual([...ids, ...ids]);
  });

  it('makes no plan before the cluster was read', async () => {
    const { id } = await bench.newFabric();
    await connect(bench, id);
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    expect(await jobs(id)).toEqual([]);
    await expect(bench.get(PlanService).make({ fabric: id })).rejects.toThrow(/IPv4Namespace, VLANNamespace/);
    await see(bench, id, 'IPv4Namespace', [], 'snapshot');
    await see(bench, id, 'VLANNamespace', [], 'snapshot');
    expect(await jobs(id)).toHaveLength(1);
  });

  it('suspends everything in maintenance', async () => {
    const id = await connected();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] });
    await bench.published();
    await bench.get(FabricService).update({ fabric: id, patch: { state: 'maintenance' } });
    expect(await jobs(id)).toEqual([]);
    await expect(bench.get(OperationRequests).start({ fabric: id })).rejects.toThrow(/maintenance/);
    await expect(bench.get(FabricService).update({ fabric: id, patch: { state: 'planned' } })).rejects.toThrow(expect.objectContaining({ remedy: expect.stringContaining('active or decommissioned') }));
    await bench.get(FabricService).update({ fabric: id, patch: { state: 'active' } });
    const published = await bench.published();
    expect(dataOf(published, 'source.assign')).toMatchObject([{ generation: 3, knownTree: 't1' }]);
    expect(await jobs(id)).toHaveLength(1);
  });
});
