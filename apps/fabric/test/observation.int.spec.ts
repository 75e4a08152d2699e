import { randomUUID } from 'node:crypto';
import type { MessageData } from '@heddle/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DriftService } from '../src/drifts/drift.service.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { SignalService } from '../src/fabrics/signal.service.ts';
import { ObservationService } from '../src/observations/observation.service.ts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { PlanService } from '../src/plans/plan.service.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { AgentService } from '../src/convergence/agent.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { connect, done, file, finish, hear, KUBECTL, namespaces, object, observed, push, removed, see, vpc, vpcSpec } from './messages-to-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const SERVER = object('Server', 'server-1', {});
const SWITCH = object('Switch', 'leaf-1', { role: 'server-leaf', profile: 'vs', asn: 65101, ip: '172.30.0.8/21', protocolIP: '172.30.8.2/32', vtepIP: '172.30.12.0/32', vlanNamespaces: ['default'], boot: { mac: '0c:20:12:fe:01:00' } });
const CONNECTION = object('Connection', 'server-1--unbundled--leaf-1', { unbundled: { link: { server: { port: 'server-1/enp2s1' }, switch: { port: 'leaf-1/E1/1' } } } });
const ATTACHMENT = object('VPCAttachment', 'vpc-1--server-1', { subnet: 'vpc-1/default', connection: 'server-1--unbundled--leaf-1' });
const KINDS = ['IPv4Namespace', 'VLANNamespace', 'VPC', 'VPCAttachment', 'Connection', 'Server', 'Switch'];

/** A fabric whose wiring lives in the cluster, and whose VPCs come from Git and are applied. */
async function running(policy: Parameters<FabricBench['newFabric']>[0] = {}): Promise<string> {
  const { id } = await bench.newFabric(policy);
  await connect(bench, id);
  await see(bench, id, 'Agent', [], 'snapshot');
  for (const kind of KINDS) {
    const wiring = [SERVER, SWITCH, CONNECTION].filter((each) => each['kind'] === kind);
    await see(bench, id, kind, wiring.map((each) => ({ kind, name: String((each['metadata'] as { name: string }).name), spec: each['spec'] as Record<string, unknown>, version: 3, managers: [] })), 'snapshot');
  }
  await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1), ATTACHMENT)] });
  await carryOut(id);
  return id;
}

async function carryOut(id: string): Promise<MessageData<'steps.apply'>[]> {
  await bench.work();
  const jobs = dataOf(await bench.published(), 'steps.apply').filter(({ fabricId }) => fabricId === id);
  for (const job of jobs) await finish(bench, job, job.steps.map((step) => done(bench, step)));
  return jobs;
}

/** What the Agent of leaf-1 carries when Hedgehog has told it everything. */
const COPY = {
  vpcs: { 'vpc-1': vpcSpec(1) }, vpcAttachments: { 'vpc-1--server-1': { subnet: 'vpc-1/default', connection: 'server-1--unbundled--leaf-1' } },
  ipv4Namespaces: { default: { subnets: ['10.0.0.0/16'] } }, vlanNamespaces: { default: { ranges: [{ from: 1000, to: 2999 }] } },
};

const view = (id: string) => bench.get(FabricService).get(id);
const resource = (fabric: string, name = 'vpc-1', kind = 'VPC') => bench.get(ResourceService).get({ fabric, kind, name });
const drifts = async (fabric: string) => (await bench.get(DriftService).list({ fabric, limit: 100 })).items;
const condition = async (id: string, type: string) => (await view(id)).conditions.find((each) => each.type === type);
const changed: Record<string, unknown> = { ...vpcSpec(1), subnets: { default: { ...(vpcSpec(1)['subnets'] as { default: object }).default, vlan: 1999 } } };

describe('convergence', () => {
  it('calls nothing healthy before the Agents answered', async () => {
    const id = await running();
    expect((await bench.get(ResourceService).list({ fabric: id, limit: 100 })).items.flatMap(({ findings }) => findings)).not.toContain(1);
    expect(await view(id)).toMatchObject({ sync: { state: 'in_sync' }, counts: { failed: 0 } });
    expect(await resource(id)).toMatchObject({ state: 'applied', levels: { apiServer: 'equal', switches: 'unknown' }, reason: 'AgentMissing', switches: ['leaf-1'] });
    await hear(bench, id, 'leaf-1', { generation: 5, applied: 5, spec: {} });
    expect(await resource(id)).toMatchObject({ state: 'applied', levels: { switches: 'pending' }, reason: 'WaitingForController' });
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'False' });
    await hear(bench, id, 'leaf-1', { generation: 6, applied: 5, spec: COPY });
    expect(await resource(id)).toMatchObject({ state: 'applied', levels: { switches: 'pending' }, reason: 'WaitingForSwitch' });
    await bench.published();
    await hear(bench, id, 'leaf-1', { generation: 6, applied: 6, spec: COPY });
    expect(await resource(id)).toMatchObject({ state: 'synced', levels: { git: 'present', apiServer: 'equal', switches: 'converged' }, switches: [] });
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'True' });
    expect(dataOf(await bench.published(), 'resources.converged')).toMatchObject([{ complete: true, items: expect.arrayContaining([{ kind: 'VPC', name: 'vpc-1' }]) }]);
    const { hops, history } = await resource(id);
    expect(Object.values(hops).every((hop) => hop !== null)).toBe(true);
    expect(history.map(({ from, to }) => `${from} ${to}`).toReversed()).toEqual(expect.arrayContaining(['null committed', 'committed pending', 'pending applied', 'applied synced']));
  });

  it('begins anew when an object was changed and changed back', async () => {
    const id = await running();
    await hear(bench, id, 'leaf-1', { generation: 6, applied: 6, spec: COPY });
    await hear(bench, id, 'leaf-1', { generation: 8, applied: 6, spec: COPY });
    expect(await resource(id)).toMatchObject({ state: 'synced' });
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 99_000, generation: 3 }]);
    expect(await resource(id)).toMatchObject({ state: 'applied', reason: 'WaitingForSwitch' });
  });

  it('doubts everything on stale knowledge', async () => {
    const id = await running();
    await hear(bench, id, 'leaf-1', { generation: 6, applied: 6, spec: COPY });
    const stale = (state: 'stale' | 'live', sequence: number) => bench.handle((tx) => bench.get(SignalService).watchChanged(tx, {
      fabricId: id, kind: 'Agent', watchEpoch: 1, sequence, state, reason: state === 'stale' ? 'Silent' : 'Watching', message: 'x', lastHeardAt: bench.now().toISOString() }));
    await stale('stale', 1_000_000);
    expect(await resource(id)).toMatchObject({ state: 'applied', reason: 'WatchStale', levels: { switches: 'unknown' } });
    expect((await bench.get(ResourceService).list({ fabric: id, state: 'synced', limit: 10 })).items).toEqual([]);
    expect((await bench.get(ResourceService).list({ fabric: id, state: 'applied', kind: 'VPC', limit: 10 })).items).toHaveLength(1);
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'Unknown' });
    expect(await view(id)).toMatchObject({ counts: { converged: 0 } });
    await stale('live', 1_000_001);
    expect(await resource(id)).toMatchObject({ state: 'synced' });
    await connect(bench, id, 2, 'failed');
    expect(await resource(id)).toMatchObject({ state: 'applied', levels: { apiServer: 'unknown', switches: 'unknown' } });
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' });
  });

  it('takes back what silent Agents said', async () => {
    const id = await running();
    await hear(bench, id, 'leaf-1', { generation: 6, applied: 6, spec: COPY });
    bench.later(61_000);
    await bench.handle((tx) => bench.get(AgentService).expire(tx, id));
    expect(await resource(id)).toMatchObject({ state: 'applied', reason: 'HeartbeatStale', switches: ['leaf-1'] });
    await hear(bench, id, 'leaf-1', { generation: 6, applied: 6, spec: COPY });
    expect(await resource(id)).toMatchObject({ state: 'synced' });
  });

  it('ignores an Agent message that is older', async () => {
    const id = await running();
    await hear(bench, id, 'leaf-1', { generation: 6, applied: 6, spec: COPY });
    const old = observed(id, 'Agent', [{ kind: 'Agent', name: 'leaf-1', spec: {}, version: 1, generation: 5 }], { sequence: 1, now: bench.now() });
    await bench.handle((tx) => bench.get(AgentService).observe(tx, old));
    expect(await resource(id)).toMatchObject({ state: 'synced' });
  });
});

describe('observation', () => {
  it('takes only what is newer', async () => {
    const id = await running();
    const item = (version: number, spec = changed) => [{ kind: 'VPC', name: 'vpc-1', spec, version }];
    const observe = (message: MessageData<'objects.observed'>) => bench.handle((tx) => bench.get(ObservationService).observe(tx, message));
    await observe(observed(id, 'VPC', item(10), { sequence: 5, now: bench.now() }));
    await observe(observed(id, 'VPC', item(11), { sequence: 1_000_000, now: bench.now() }));
    expect(await resource(id)).toMatchObject({ levels: { apiServer: 'equal' } });
    await observe(observed(id, 'VPC', item(100_000), { sequence: 1_000_001, now: bench.now() }));
    expect(await resource(id)).toMatchObject({ levels: { apiServer: 'different' } });
    await observe(observed(id, 'VPC', item(100_001, vpcSpec(1)), { sequence: 1_000_000, now: bench.now() }));
    expect(await resource(id)).toMatchObject({ levels: { apiServer: 'different' } });
    await observe(observed(id, 'VPC', item(100_002, vpcSpec(1)), { sequence: 1, epoch: 2, now: bench.now() }));
    expect(await resource(id)).toMatchObject({ levels: { apiServer: 'equal' } });
  });

  it('notices by a whole list what is gone', async () => {
    const id = await running();
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-7', spec: vpcSpec(7), version: 50_000, managers: [] }, { kind: 'VPC', name: 'vpc-8', spec: vpcSpec(8), version: 50_001, managers: [] }]);
    const snapshot = randomUUID();
    const chunk = (number: number, name: string) => observed(id, 'VPC', [{ kind: 'VPC', name, spec: name === 'vpc-1' ? vpcSpec(1) : vpcSpec(7), version: 60_000, managers: [] }], { mode: 'snapshot', version: 60_000, now: bench.now(), snapshot: { id: snapshot, chunk: number, chunks: 2 } });
    const [one, two] = [chunk(1, 'vpc-7'), chunk(2, 'vpc-1')];
    await bench.handle((tx) => bench.get(ObservationService).observe(tx, two));
    expect(await resource(id, 'vpc-8')).toMatchObject({ state: 'orphaned' });
    await bench.handle((tx) => bench.get(ObservationService).observe(tx, one));
    expect(await resource(id, 'vpc-8')).toMatchObject({ state: 'deleted' });
    expect(await resource(id, 'vpc-7')).toMatchObject({ state: 'orphaned' });
  });

  it('begins anew with another cluster', async () => {
    const { id } = await bench.newFabric({ prune: true });
    await connect(bench, id);
    for (const kind of KINDS) await see(bench, id, kind, [], 'snapshot');
    await push(bench, id, { from: null, to: 't1', files: [file('pools.yaml', ...namespaces), file('a.yaml', vpc(1)), file('b.yaml', vpc(2))] });
    await carryOut(id);
    await push(bench, id, { from: 't1', to: 't2', files: [removed('b.yaml')] });
    await bench.work();
    const [running] = dataOf(await bench.published(), 'steps.apply');
    expect(running!.steps).toMatchObject([{ action: 'delete' }]);
    const other = 'https://other.example:6443';
    await connect(bench, id, 2, 'testing', other);
    await connect(bench, id, 3, 'connected', other);
    expect(dataOf(await bench.published(), 'steps.cancel')).toMatchObject([{ operationId: running!.operationId }]);
    await finish(bench, running!, running!.steps.map((step) => done(bench, step)));
    expect(await resource(id)).toMatchObject({ state: 'committed', base: null, live: null });
    expect((await view(id)).sync.state).not.toBe('in_sync');
    // A last word of the watch before, with a higher version than the new server has reached.
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 99_000 }]);
    await expect(bench.get(PlanService).make({ fabric: id, prune: true })).rejects.toMatchObject({ code: 'STATE-020' });
    for (const kind of KINDS) await see(bench, id, kind, kind === 'VPC' ? [{ kind, name: 'vpc-2', spec: vpcSpec(2), version: 7 }] : [], 'snapshot', 9);
    const steps = (await bench.get(PlanService).make({ fabric: id, prune: true })).steps.map(({ stepId }) => stepId);
    expect(steps.toSorted()).toEqual(['create/IPv4Namespace/default', 'create/VLANNamespace/default', 'create/VPC/vpc-1']);
    expect(await resource(id, 'vpc-2')).toMatchObject({ state: 'orphaned', base: null });
  });

  it('finds missing references only after the kind was listed', async () => {
    const { id } = await bench.newFabric();
    await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ATTACHMENT)] });
    expect((await resource(id, 'vpc-1--server-1', 'VPCAttachment')).findings_list).toEqual([]);
    await see(bench, id, 'VPC', [], 'snapshot');
    expect((await resource(id, 'vpc-1--server-1', 'VPCAttachment')).findings_list).toMatchObject([{ rule: 'reference-missing', path: 'a.yaml', line: 1 }]);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 5, managers: [] }]);
    expect((await resource(id, 'vpc-1--server-1', 'VPCAttachment')).findings_list).toEqual([]);
  });
});

describe('drift', () => {
  it('opens with field, values and manager, and is reverted by force', async () => {
    const id = await running();
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: changed, version: 200_000, managers: [KUBECTL] }]);
    const [drift] = await drifts(id);
    expect(drift).toMatchObject({ state: 'open', type: 'changed', severity: 'medium', managers: ['kubectl-edit'], fields: [{ path: 'spec.subnets.default.vlan', desired: 1001, live: 1999, manager: 'kubectl-edit' }] });
    expect(await resource(id)).toMatchObject({ state: 'drifted', drift: [{ path: 'spec.subnets.default.vlan' }] });
    expect(await view(id)).toMatchObject({ sync: { state: 'out_of_sync' }, counts: { drifted: 1 } });
    expect((await bench.get(PlanService).make({ fabric: id })).withheld).toMatchObject([{ name: 'vpc-1', reason: 'Drifted' }]);
    const operation = await bench.get(DriftService).revert({ driftId: drift!.id });
    expect(operation).toMatchObject({ type: 'revert', state: 'in_progress', steps: [{ action: 'revert', name: 'vpc-1' }] });
    await expect(bench.get(DriftService).revert({ driftId: drift!.id })).rejects.toThrow(/reverting/);
    const published = await bench.published();
    expect(dataOf(published, 'drift.detected')).toMatchObject([{ items: [{ id: drift!.id }] }]);
    const [job] = dataOf(published, 'steps.apply').filter(({ fabricId }) => fabricId === id);
    expect(job?.steps).toMatchObject([{ action: 'apply', force: true, preconditions: { resourceVersion: '200000' } }]);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 200_001 }]);
    await finish(bench, job!, [done(bench, job!.steps[0]!, '200001')]);
    expect(await drifts(id)).toMatchObject([{ state: 'resolved', resolution: 'reverted' }]);
    expect(await view(id)).toMatchObject({ sync: { state: 'in_sync' } });
  });

  it('ends when the cluster comes back by itself', async () => {
    const id = await running();
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: changed, version: 200_000, managers: [KUBECTL] }]);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 200_005 }]);
    expect(await drifts(id)).toMatchObject([{ state: 'resolved', resolution: 'converged' }]);
  });

  it('ends as superseded when Git takes the change over', async () => {
    const id = await running();
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: changed, version: 200_000, managers: [KUBECTL] }]);
    await push(bench, id, { from: 't1', to: 't2', files: [file('a.yaml', ...namespaces, object('VPC', 'vpc-1', changed), ATTACHMENT)] });
    expect(await drifts(id)).toMatchObject([{ state: 'resolved', resolution: 'superseded' }]);
  });

  it('shows an object that somebody deleted', async () => {
    const id = await running();
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: {}, version: 200_000, gone: true }]);
    expect(await drifts(id)).toMatchObject([{ type: 'deleted', severity: 'critical', state: 'open' }]);
    expect(await resource(id)).toMatchObject({ state: 'drifted', reason: 'DeletedInCluster', levels: { apiServer: 'absent' } });
    const operation = await bench.get(DriftService).revert({ driftId: (await drifts(id))[0]!.id });
    expect(operation.steps).toMatchObject([{ action: 'create' }]);
  });

  it('heals by itself, ever slower', async () => {
    const id = await running({ selfHeal: true });
    const meddle = async (version: number): Promise<void> => see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: changed, version, managers: [KUBECTL] }]);
    await meddle(200_000);
    const healed = await carryOut(id);
    expect(healed.flatMap(({ steps }) => steps)).toMatchObject([{ action: 'apply', force: true }]);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: vpcSpec(1), version: 200_001 }]);
    await meddle(200_010);
    expect(await carryOut(id)).toEqual([]);
    bench.later(5_100);
    expect(await carryOut(id)).toHaveLength(1);
    expect((await bench.get(OperationRequests).list({ fabric: id, limit: 10 })).items.map(({ trigger }) => trigger)).toEqual(['self_heal', 'self_heal', 'automatic']);
  });
});
