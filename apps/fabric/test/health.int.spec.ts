import { Tasks } from '@heddle/messaging';
import { Clock, Logger } from '@heddle/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlertKeeper } from '../src/alerts/alert-keeper.ts';
import { AlertService } from '../src/alerts/alert.service.ts';
import { ApprovalStore } from '../src/approvals/approval-store.ts';
import { AgentService } from '../src/convergence/agent.service.ts';
import { ExplainService } from '../src/explain/explain.service.ts';
import { FabricLifecycle } from '../src/fabrics/fabric-lifecycle.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { SignalService } from '../src/fabrics/signal.service.ts';
import { FindingService } from '../src/findings/finding.handlers.ts';
import { ComplianceService } from '../src/findings/compliance.service.ts';
import { PlanQueue } from '../src/plans/plan-queue.ts';
import { ResourceService } from '../src/resources/resource.service.ts';
import { ReviewService } from '../src/resources/review.service.ts';
import { FabricCheck } from '../src/schedules/fabric-check.ts';
import { MasterCycle } from '../src/schedules/master-cycle.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { connect, done, file, finish, hear, namespaces, object, push, see, vpc, vpcSpec } from './messages-to-fabric.ts';
import { jobsOf, runningFabric } from './running-fabric.ts';

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const view = (id: string) => bench.get(FabricService).get(id);
const condition = async (id: string, type: string) => (await view(id)).conditions.find((each) => each.type === type);

async function watchBecomes(fabricId: string, kind: string, state: 'live' | 'stale', reason: string): Promise<void> {
  await bench.handle((tx) => bench.get(SignalService).watchChanged(tx, { fabricId, kind, watchEpoch: 2, sequence: 1, state, reason, message: reason, lastHeardAt: bench.now().toISOString() }));
}

describe('nothing is called healthy', () => {
  const carried = { vpcs: { 'vpc-1': vpcSpec(1), 'vpc-2': vpcSpec(2) } };

  it('while the watch of a kind that Git has is stale', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: {} }, 'snapshot');
    expect(await condition(id, 'Synced')).toMatchObject({ status: 'True' });
    expect((await view(id)).counts.converged).toBeGreaterThan(0);
    await watchBecomes(id, 'VPC', 'stale', 'Forbidden');
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'Unknown' });
    for (const type of ['Synced', 'Compliant']) expect(await condition(id, type)).toMatchObject({ status: 'Unknown', reason: 'WatchStale' });
    expect((await view(id)).counts.converged).toBe(0);
  });

  it('after a kind that was listed is missing', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: {} }, 'snapshot');
    await watchBecomes(id, 'VPC', 'stale', 'KindMissing');
    expect(await condition(id, 'WatchesLive')).toMatchObject({ status: 'False', reason: 'KindMissing' });
    expect(await bench.get(ResourceService).get({ fabric: id, kind: 'VPC', name: 'vpc-1' })).toMatchObject({ levels: { apiServer: 'unknown', switches: 'unknown' } });
  });

  it('where the cluster has no kind of Agents', async () => {
    const id = await runningFabric(bench);
    await watchBecomes(id, 'Agent', 'stale', 'KindMissing');
    expect(await condition(id, 'WatchesLive')).toMatchObject({ status: 'True' });
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'Unknown' });
  });

  it('on the word of an Agent whose clock runs ahead', async () => {
    const id = await runningFabric(bench);
    const heartbeat = new Date(bench.now().getTime() + 3_600_000);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: carried, heartbeat }, 'snapshot');
    expect((await view(id)).counts).toMatchObject({ switches: 1, switchesReady: 0 });
  });

  it('of a kind that no Agent carries', async () => {
    const id = await runningFabric(bench);
    expect((await view(id)).counts).toMatchObject({ resources: 4, unknown: 0 });
    await push(bench, id, { from: 't1', to: 't2', files: [file('server.yaml', object('Server', 'server-1', {}))] });
    expect((await view(id)).counts).toMatchObject({ resources: 5, unknown: 1 });
  });

  it('when nothing is heard of the cluster any more', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: {} }, 'snapshot');
    await bench.database.query(`update watch set last_heard_at = now() - interval '3 minutes' where fabric_id = $1`, [id]);
    expect(await condition(id, 'WatchesLive')).toMatchObject({ status: 'False', reason: 'WatcherSilent' });
    expect(await condition(id, 'Synced')).toMatchObject({ status: 'Unknown' });
    expect(await condition(id, 'Converged')).toMatchObject({ status: 'Unknown' });
  });
});

describe('a fabric is in sync no longer', () => {
  it('while its cluster is unreachable, and again by a look afterwards', async () => {
    const id = await runningFabric(bench);
    expect((await view(id)).sync.state).toBe('in_sync');
    await bench.published();
    await connect(bench, id, 2, 'failed');
    expect(await view(id)).toMatchObject({ connection: { state: 'failed' }, sync: { state: 'out_of_sync', reason: 'ClusterUnreachable' } });
    expect(await condition(id, 'Synced')).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' });
    await connect(bench, id, 3);
    expect((await view(id)).sync).toMatchObject({ state: 'in_sync', reason: 'NoDifference' });
    expect(dataOf(await bench.published(), 'fabric.sync_changed').map(({ from, to }) => `${from} ${to}`)).toEqual(['in_sync out_of_sync', 'out_of_sync syncing', 'syncing in_sync']);
  });

  it('while a document is held', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [file('two.yaml', { broken: 'tab' })] });
    expect((await view(id)).sync).toMatchObject({ state: 'out_of_sync', reason: 'SourceIncomplete' });
    await push(bench, id, { from: 't2', to: 't3', files: [file('two.yaml', vpc(2))] });
    await bench.work();
    expect((await view(id)).sync.state).toBe('in_sync');
  });

  it('while its directory is missing or its source fails', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: null, totalFiles: 0 });
    expect((await view(id)).sync).toMatchObject({ state: 'out_of_sync', reason: 'SourceIncomplete' });
    await push(bench, id, { from: null, to: 't1', files: [file('one.yaml', vpc(1)), file('two.yaml', vpc(2)), file('pools.yaml', ...namespaces)] });
    await bench.work();
    expect((await view(id)).sync.state).toBe('in_sync');
    const { source: { repositoryId } } = await view(id);
    const source = (state: 'ready' | 'failing') => bench.handle((tx) => bench.get(SignalService).sourceChanged(tx, { fabricId: id, repositoryId, state, reason: state, message: state, since: bench.now().toISOString(), nextTryAt: null }));
    await source('failing');
    expect((await view(id)).sync).toMatchObject({ state: 'out_of_sync', reason: 'SourceFailing' });
    await source('ready');
    expect((await view(id)).sync.state).toBe('in_sync');
  });
});

const findings = async (fabric: string, source: 'agent' | 'live' | 'object') => (await bench.get(FindingService).list({ fabric, source, limit: 100 })).items;
const short = (all: Awaited<ReturnType<typeof findings>>) => all.map(({ rule, kind, name }) => `${rule} ${kind}/${name}`).toSorted();

describe('what a switch tells of', () => {
  const spec = { connections: { 'c-1': { unbundled: { link: { switch: { port: 'leaf-1/E1/1' }, server: { port: 's-1/e0' } } } } }, vpcAttachments: { 'a-1': { connection: 'c-1', subnet: 'vpc-1/default' } } };
  const port = (oper: string) => ({ state: { interfaces: { 'E1/1': { admin: 'up', oper } } } });
  const say = (id: string, oper: string, more: object = {}) => hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec, status: { ...port(oper), ...more } });
  const settle = (id: string) => bench.handle((tx) => bench.get(AgentService).settleHealth(tx, id));

  it('becomes a finding on what it touches once it lasts, and keeps nothing back', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec, status: { ...port('down'), rebootRequired: true } }, 'snapshot');
    expect(short(await findings(id, 'agent'))).toEqual(['agent-reboot-required Switch/leaf-1']);
    bench.later(15_000);
    await settle(id);
    expect(short(await findings(id, 'agent'))).toEqual(['agent-reboot-required Switch/leaf-1', 'port-down Connection/c-1', 'port-down Switch/leaf-1', 'port-down VPCAttachment/a-1']);
    expect(await condition(id, 'AgentsHealthy')).toMatchObject({ status: 'False', reason: 'AgentFindings' });
    expect(await view(id)).toMatchObject({ counts: { findings: 0, agentFindings: 4 }, sync: { state: 'in_sync' } });
    await say(id, 'up');
    expect(await findings(id, 'agent')).toHaveLength(4);
    bench.later(60_000);
    await say(id, 'up');
    expect(await findings(id, 'agent')).toEqual([]);
    expect(await condition(id, 'AgentsHealthy')).toMatchObject({ status: 'True' });
  });

  it('is its silence alone, and nothing while the cluster is silent too', async () => {
    const id = await runningFabric(bench);
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec, status: port('down') }, 'snapshot');
    bench.later(61_000);
    await watchBecomes(id, 'Agent', 'stale', 'Forbidden');
    await bench.handle((tx) => bench.get(AgentService).expire(tx, id));
    await settle(id);
    expect(await findings(id, 'agent')).toEqual([]);
    expect(await condition(id, 'AgentsHealthy')).toMatchObject({ status: 'Unknown' });
    await bench.handle((tx) => bench.get(SignalService).watchChanged(tx, { fabricId: id, kind: 'Agent', watchEpoch: 3, sequence: 1, state: 'live', reason: 'Watching', message: '', lastHeardAt: bench.now().toISOString() }));
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec, heartbeat: new Date(bench.now().getTime() - 61_000), status: port('down') });
    expect(short(await findings(id, 'agent'))).toEqual(['agent-heartbeat-lost Switch/leaf-1']);
  });
});

it('says when a cluster runs another release than is set, and never before it was looked at', async () => {
  const id = await runningFabric(bench);
  expect(await condition(id, 'ReleaseAsSet')).toBeUndefined();
  const sees = (sequence: number, present?: boolean) => bench.handle((tx) => bench.get(SignalService).watchChanged(tx, {
    fabricId: id, kind: 'VPC', watchEpoch: 2, sequence, state: 'live', reason: 'Watching', message: '', lastHeardAt: bench.now().toISOString(), ...(present !== undefined && { fields: [{ path: 'spec.subnets.*.hostBGPMinPrefixLen', present }] }),
  }));
  await sees(1, false);
  expect(await condition(id, 'ReleaseAsSet')).toMatchObject({ status: 'False', reason: 'OtherRelease', message: expect.stringContaining('of release 26.01, and the fabric is set to 26.03'), remedy: expect.stringMatching(/^heddle fabric set .* --release 26\.01/) });
  expect((await bench.get(ExplainService).explain({ fabric: id })).notes).toContainEqual(expect.stringContaining('release 26.01'));
  // What is told of the watch alone says nothing about fields.
  await sees(2);
  await bench.get(FabricService).update({ fabric: id, patch: { release: '26.01' } });
  expect(await condition(id, 'ReleaseAsSet')).toMatchObject({ status: 'True' });
  await sees(3, true);
  expect(await condition(id, 'ReleaseAsSet')).toMatchObject({ status: 'False', message: expect.stringContaining('of release 26.03') });
  // On old words it is neither.
  await connect(bench, id, 2, 'failed');
  expect(await condition(id, 'ReleaseAsSet')).toMatchObject({ status: 'Unknown', reason: 'ClusterUnreachable' });
  // Other fabrics have the same API server.
  await connect(bench, id, 3);
});

it('explains a fabric whatever its switches write into conditions', async () => {
  const id = await runningFabric(bench);
  await hear(bench, id, 'leaf-1', { generation: 2, applied: 1, spec: {}, status: { conditions: {} } }, 'snapshot');
  expect(await bench.get(ExplainService).explain({ fabric: id })).toMatchObject({ agents: [{ name: 'leaf-1' }] });
});

describe('what lives without Git', () => {
  const live = (number: number, subnet: string, more: object = {}) => ({ kind: 'VPC', name: `live-${number}`, spec: { ...vpcSpec(number), subnets: { default: { subnet, vlan: 1000 + number } } }, version: 5_000 + number, managers: [], ...more });

  it('is held against the rules and against what lives beside it', async () => {
    const id = await runningFabric(bench);
    await see(bench, id, 'VPC', [live(7, '10.0.1.128/25'), live(8, '192.168.1.0/24')], 'changes', 6_000);
    const found = await findings(id, 'live');
    expect(short(found).some((text) => text.startsWith('clash-') && text.endsWith('VPC/live-7'))).toBe(true);
    expect(short(found).some((text) => text.endsWith('VPC/live-8'))).toBe(true);
    expect((await view(id)).counts).toMatchObject({ liveFindings: 0 });
    expect(await condition(id, 'Compliant')).toMatchObject({ status: 'True' });
    await bench.database.query(`update finding set since = since - interval '11 minutes' where fabric_id = $1`, [id]);
    await see(bench, id, 'VPC', [live(8, '192.168.1.0/24', { version: 6_001, generation: 2 })], 'changes', 6_001);
    expect((await view(id)).counts.liveFindings).toBe(found.length);
    expect(await condition(id, 'Compliant')).toMatchObject({ status: 'False', reason: 'LiveFindings' });
    await see(bench, id, 'VPC', [live(7, '10.0.70.0/24', { version: 6_002, generation: 2 }), live(8, '10.0.80.0/24', { version: 6_003, generation: 3 })], 'changes', 6_003);
    expect(await findings(id, 'live')).toEqual([]);
  });

  it('is judged as it lives where Git has it otherwise', async () => {
    const id = await runningFabric(bench);
    await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'vpc-1', spec: { ...vpcSpec(1), subnets: { default: { subnet: '10.0.2.0/25', gateway: '10.0.2.1', vlan: 1001 } } }, version: 7_001, generation: 2 }], 'changes', 7_001);
    expect(short(await findings(id, 'live')).every((text) => text.startsWith('clash-') && text.endsWith('VPC/vpc-1'))).toBe(true);
    expect(await findings(id, 'live')).not.toEqual([]);
    expect(await findings(id, 'object')).toEqual([]);
  });
});

describe('alerts', () => {
  const look = () => bench.handle((tx) => bench.get(AlertKeeper).look(tx));
  const alerts = async (fabric: string) => (await bench.get(AlertService).list({ fabric, limit: 100 })).items;
  const of = async (fabric: string, type: string) => (await alerts(fabric)).find((each) => each.type === type)!;
  const change = (alertIds: string[], action: 'acknowledge' | 'suppress' | 'resolve', until?: Date) => bench.get(AlertService).change({ alertIds, action, reason: 'because', ...(until && { until: until.toISOString() }) });

  it('tell of a dead API server once, with what follows from it below', async () => {
    const id = await runningFabric(bench);
    const server = `https://${id}:6443`;
    await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec: {}, heartbeat: new Date(bench.now().getTime() - 70_000) }, 'snapshot');
    await look();
    expect(await of(id, 'switch_silent')).toMatchObject({ state: 'active', severity: 'critical', objects: [{ kind: 'Switch', name: 'leaf-1' }], count: 1 });
    await bench.published();
    await bench.database.query('update fabric set server = $2 where id = $1', [id, server]);
    await connect(bench, id, 5, 'failed', server);
    await look();
    const cause = await of(id, 'cluster_unreachable');
    expect((await alerts(id)).filter(({ state }) => state !== 'suppressed')).toEqual([cause]);
    expect(await of(id, 'switch_silent')).toMatchObject({ state: 'suppressed', causeId: cause.id });
    const told = (await bench.published()).filter(({ type }) => type.startsWith('alert.'));
    expect(dataOf(told, 'alert.raised').filter(({ alert }) => alert.fabrics[0]?.id === id).map(({ alert }) => alert.type)).toEqual(['cluster_unreachable']);
    expect(await change([cause.id], 'acknowledge')).toMatchObject({ items: [{ outcome: 'done', state: 'acknowledged' }] });
    await look();
    expect(await of(id, 'cluster_unreachable')).toMatchObject({ state: 'acknowledged' });
    await connect(bench, id, 6, 'connected', server);
    await look();
    expect(await of(id, 'switch_silent')).toMatchObject({ state: 'active', causeId: null });
    bench.later(121_000);
    await look();
    expect(await of(id, 'cluster_unreachable')).toMatchObject({ state: 'resolved' });
    await connect(bench, id, 7, 'failed', server);
    await look();
    expect(await of(id, 'cluster_unreachable')).toMatchObject({ id: cause.id, state: 'reopened', count: 2 });
    expect((await bench.get(AlertService).get({ alertId: cause.id })).history.map(({ to }) => to)).toEqual(['reopened', 'resolved', 'acknowledged', 'active']);
  });

  it('bear what people say, and refuse what can not be', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [file('two.yaml', { broken: 'tab' })] });
    await look();
    const { id: alert } = await of(id, 'findings_error');
    await expect(change([alert], 'suppress')).rejects.toMatchObject({ code: 'VAL-021' });
    await change([alert], 'suppress', new Date(bench.now().getTime() + 60_000));
    await look();
    expect(await of(id, 'findings_error')).toMatchObject({ state: 'suppressed' });
    bench.later(61_000);
    await look();
    expect(await of(id, 'findings_error')).toMatchObject({ state: 'active' });
    await change([alert], 'resolve');
    expect(await change([alert, id], 'acknowledge')).toMatchObject({ items: [{ outcome: 'refused' }, { outcome: 'refused' }] });
    await look();
    expect(await of(id, 'findings_error')).toMatchObject({ state: 'reopened' });
  });

  it('tell of fields that another hand holds, as the API server says', async () => {
    const id = await runningFabric(bench);
    await push(bench, id, { from: 't1', to: 't2', files: [file('one.yaml', { ...vpc(1), spec: vpcSpec(7) })] });
    const [job] = await jobsOf(bench, id);
    await finish(bench, job!, job!.steps.map((step) => ({ ...done(bench, step), outcome: { type: 'stalled', reason: 'FieldConflict', message: 'kubectl-edit holds spec.subnets', remedy: 'Revert it.', causes: [] } })));
    await look();
    expect(await of(id, 'conflict')).toMatchObject({ state: 'active', severity: 'critical', objects: [{ kind: 'VPC', name: 'vpc-1' }] });
  });

  it('keep those of the bus, whichever of its two words comes first', async () => {
    const since = new Date(bench.now().getTime() - 1_000).toISOString();
    const about = { alert: `HeddleTest${since}`, severity: 'warning' as const, service: 'fabric', labels: { queue: 'q' }, since, summary: 's' };
    const fired = { ...about, threshold: 1, remedy: 'r', runbook: 'x' };
    const resolved = { ...about, resolvedAt: bench.now().toISOString(), reason: 'Cleared' as const };
    const keeper = bench.get(AlertKeeper);
    const stands = async () => (await bench.get(AlertService).list({ type: about.alert, limit: 10 })).items.map(({ state }) => state);
    await bench.handle((tx) => keeper.busResolved(tx, resolved));
    await bench.handle((tx) => keeper.busFired(tx, fired));
    expect(await stands()).toEqual(['resolved']);
    bench.later(5_000);
    await bench.handle((tx) => keeper.busFired(tx, { ...fired, since: bench.now().toISOString() }));
    await look();
    expect(await stands()).toEqual(['reopened']);
    await bench.handle((tx) => keeper.busResolved(tx, { ...resolved, resolvedAt: bench.now().toISOString() }));
    expect(await stands()).toEqual(['resolved']);
  });
});

it('settles, wakes and raises what is due once a minute', async () => {
  const id = await runningFabric(bench);
  const spec = { connections: { 'c-1': { unbundled: { link: { switch: { port: 'leaf-1/E1/1' }, server: { port: 's-1/e0' } } } } } };
  await hear(bench, id, 'leaf-1', { generation: 1, applied: 1, spec, status: { state: { interfaces: { 'E1/1': { admin: 'up', oper: 'down' } } } } }, 'snapshot');
  await bench.database.query('update fabric set plan_due_at = $2 where id = $1', [id, bench.now()]);
  bench.later(15_000);
  let woken = 0;
  bench.get(PlanQueue).onWork(() => { woken += 1; });
  const cycle = new MasterCycle(bench.get(AlertKeeper), bench.get(ApprovalStore), bench.get(AgentService), bench.get(PlanQueue), bench.get(Clock), bench.get(Logger));
  await cycle.run({}, { id: '', attempt: 1, signal: new AbortController().signal, assertOwned: () => undefined, transaction: bench.handle });
  expect(woken).toBeGreaterThan(0);
  expect(short(await findings(id, 'agent'))).toEqual(['port-down Connection/c-1', 'port-down Switch/leaf-1']);
  expect((await bench.get(AlertService).list({ fabric: id, limit: 10 })).items).toMatchObject([{ type: 'switch_problem', state: 'active' }]);
});

it('looks a fabric over, says what it found, and tells what is to be watched when that is news', async () => {
  const id = await runningFabric(bench);
  await see(bench, id, 'VPC', [{ kind: 'VPC', name: 'live-9', spec: { ...vpcSpec(9), subnets: { default: { subnet: '192.168.9.0/24', vlan: 1009 } } }, version: 8_001, managers: [] }], 'changes', 8_001);
  await bench.database.query(`delete from finding where fabric_id = $1 and source = 'live'`, [id]);
  await bench.published();
  const check = new FabricCheck(bench.get(Tasks), bench.get(FabricLifecycle), bench.get(ReviewService), bench.get(ComplianceService), bench.get(Clock));
  const context = { id: '', attempt: 1, signal: new AbortController().signal, assertOwned: () => undefined, transaction: bench.handle };
  await check.one({ fabricId: id }, context);
  expect((await view(id)).lastCheck).toMatchObject({ message: expect.stringContaining('1 object(s) differ, 0 drift(s) open') });
  expect(await findings(id, 'live')).not.toEqual([]);
  expect(dataOf(await bench.published(), 'cluster.watch')).toEqual([]);
  await bench.database.query(`update fabric set watched = 'fields of an older release' where id = $1`, [id]);
  await check.one({ fabricId: id }, context);
  expect(dataOf(await bench.published(), 'cluster.watch')).toMatchObject([{ fabricId: id, enabled: true }]);
  await check.one({ fabricId: id }, context);
  expect(dataOf(await bench.published(), 'cluster.watch')).toEqual([]);
});
