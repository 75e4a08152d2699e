import { randomUUID } from 'node:crypto';
import type { MessageData, MessageType, Outcome } from '@heddle/contracts';
import { subscriptionsOf, topologyOf } from '@heddle/messaging';
import { schemaContents } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusals } from '../src/audit/refusals.ts';
import { DryRunService } from '../src/dry-runs/dry-run.service.ts';
import { AlertKeeper } from '../src/alerts/alert-keeper.ts';
import { AgentService } from '../src/convergence/agent.service.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { SignalService } from '../src/fabrics/signal.service.ts';
import { ObservationHandlers } from '../src/observations/observation.handlers.ts';
import { ObservationService } from '../src/observations/observation.service.ts';
import { OperationHandlers } from '../src/operations/operation.handlers.ts';
import { OperationRequests } from '../src/operations/operation-requests.ts';
import { OutcomeService } from '../src/operations/outcome.service.ts';
import { RevisionHandlers } from '../src/revisions/revision.handlers.ts';
import { RevisionService } from '../src/revisions/revision.service.ts';
import { dataOf, type FabricBench, openFabricBench } from './fabric-bench.ts';
import { connect, done, file, namespaces, observed, push, revisionOf, see, vpc, vpcSpec } from './messages-to-fabric.ts';

interface Delivery { type: MessageType; data: unknown; at: Date }

let bench: FabricBench;
beforeAll(async () => { bench = await openFabricBench(); });
afterAll(async () => { await bench.close(); });

const message = <Type extends MessageType>(type: Type, data: MessageData<Type>, at = bench.now()): Delivery => ({ type, data, at });

/** Hands a message to its handler as if the inbox had never heard of it. */
async function deliver({ type, data, at }: Delivery): Promise<void> {
  const item = { data, envelope: { timestamp: at.toISOString() } } as never;
  await bench.handle(async (tx) => {
    const context = { tx, envelope: { timestamp: at.toISOString() } } as never;
    switch (type) {
      case 'revision.observed': return new RevisionHandlers(bench.get(RevisionService)).observed(data as never, context);
      case 'steps.finished': return new OperationHandlers(bench.get(OperationRequests), bench.get(OutcomeService), bench.get(DryRunService), bench.get(Refusals)).finished(data as never, context);
      case 'objects.observed': return new ObservationHandlers(bench.get(ObservationService), bench.get(AgentService)).objects([item], { tx });
      case 'agents.observed': return new ObservationHandlers(bench.get(ObservationService), bench.get(AgentService)).agentsObserved([item], { tx });
      case 'cluster.state_changed': return bench.get(SignalService).clusterChanged(tx, data as never);
      case 'source.state_changed': return bench.get(SignalService).sourceChanged(tx, data as never);
      case 'bus.alert_fired': return bench.get(AlertKeeper).busFired(tx, data as never);
      case 'bus.alert_resolved': return bench.get(AlertKeeper).busResolved(tx, data as never);
      case 'watch.state_changed': return bench.get(SignalService).watchChanged(tx, data as never);
      default: throw new Error(`fabric has no handler of ${type}`);
    }
  });
}

const contents = (except: string[] = []) => schemaContents((sql) => bench.database.query(sql), except);

/** An active fabric whose kinds are listed, with one VPC in Git that is about to be applied. */
async function syncing(): Promise<{ id: string; job: MessageData<'steps.apply'> }> {
  const { id } = await bench.newFabric({ prune: true });
  await connect(bench, id);
  for (const kind of ['IPv4Namespace', 'VLANNamespace', 'VPC']) await see(bench, id, kind, [], 'snapshot');
  await push(bench, id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces, vpc(1))] });
  await bench.work();
  const [job] = dataOf(await bench.published(), 'steps.apply').filter(({ fabricId }) => fabricId === id);
  return { id, job: job! };
}

const finished = (job: MessageData<'steps.apply'>, outcomes: MessageData<'steps.finished'>['outcomes']) =>
  message('steps.finished', { fabricId: job.fabricId, operationId: job.operationId, jobId: job.jobId, epoch: 1, outcomes });
const outcomeOf = (job: MessageData<'steps.apply'>, second: number, outcome: Outcome) => ({ stepId: job.steps[0]!.stepId, attempt: 1, at: new Date(1_700_000_000_000 + second * 1_000).toISOString(), outcome });
const RETRY: Outcome = { type: 'retry', at: '2026-01-01T00:00:00.000Z', try: 1, reason: 'TimedOut', message: 'No answer.' };

type Part = Parameters<typeof observed>[2];
const objects = (id: string, kind: string, items: Part, mode: 'changes' | 'snapshot' = 'changes') => message('objects.observed', observed(id, kind, items, { mode, version: 50, now: bench.now() }));
const agents = (id: string, items: Part, mode: 'changes' | 'snapshot' = 'changes') => message('agents.observed', observed(id, 'Agent', items, { mode, now: bench.now() }) as MessageData<'agents.observed'>);
const seenVpc = (version: number, gone = false) => ({ kind: 'VPC', name: 'vpc-9', spec: vpcSpec(9), version, gone });
const seenAgent = (version: number, gone = false) => ({ kind: 'Agent', name: 'leaf-1', spec: {}, version, managers: [], gone });
const connection = (fabricId: string, sequence: number, state: 'connected' | 'failed'): Delivery => message('cluster.state_changed', {
  fabricId, server: 'https://127.0.0.1:6443', sequence,
  connection: { state, reason: state === 'connected' ? 'Connected' : 'ConnectionRefused', message: state, since: '2026-01-01T00:00:00.000Z', breaker: { state: 'closed', nextTryAt: null, lastError: null } },
});
const source = (fabricId: string, repositoryId: string, sequence: number, state: 'ready' | 'failing') =>
  message('source.state_changed', { fabricId, repositoryId, sequence, state, reason: state, message: '', since: '2026-01-01T00:00:00.000Z', nextTryAt: null });
const watch = (fabricId: string, sequence: number, state: 'live' | 'stale', reason: string) =>
  message('watch.state_changed', { fabricId, kind: 'VPC', watchEpoch: 9, sequence, state, reason, message: '', lastHeardAt: null });

const BUS_ALERT = { alert: 'HeddleOutboxOld', severity: 'critical' as const, labels: {}, since: '2026-01-01T00:00:00.000Z', summary: 'The outbox is old' };
const alertFired = (service: string): Delivery => message('bus.alert_fired', { ...BUS_ALERT, service, threshold: 60, remedy: 'See the broker.', runbook: 'outbox-old' });
const alertResolved = (service: string): Delivery => message('bus.alert_resolved', { ...BUS_ALERT, service, resolvedAt: '2099-01-01T00:00:00.000Z', reason: 'Cleared' });

interface Case { of: MessageType; what: string; prepare: () => Promise<{ older: Delivery; newer: Delivery }> }

/** For each message that fabric takes: one, and a newer one of the same thing. */
const cases: Case[] = [
  { of: 'steps.finished', what: 'a retry, then the end', prepare: async () => {
    const { job } = await syncing();
    return { older: finished(job, [outcomeOf(job, 1, RETRY)]), newer: finished(job, job.steps.map((step) => done(bench, step))) };
  } },
  { of: 'steps.finished', what: 'two retries', prepare: async () => {
    const { job } = await syncing();
    return { older: finished(job, [outcomeOf(job, 1, RETRY)]), newer: finished(job, [outcomeOf(job, 2, RETRY)]) };
  } },
  { of: 'objects.observed', what: 'a change and a later one', prepare: async () => {
    const { id } = await syncing();
    return { older: objects(id, 'VPC', [seenVpc(10)]), newer: objects(id, 'VPC', [{ ...seenVpc(11), spec: vpcSpec(8) }]) };
  } },
  { of: 'objects.observed', what: 'an object and its deletion', prepare: async () => {
    const { id } = await syncing();
    await deliver(objects(id, 'VPC', [seenVpc(9)]));
    return { older: objects(id, 'VPC', [seenVpc(10)]), newer: objects(id, 'VPC', [seenVpc(11, true)]) };
  } },
  { of: 'objects.observed', what: 'an object and a list without it', prepare: async () => {
    const { id } = await syncing();
    return { older: objects(id, 'VPC', [seenVpc(10)]), newer: objects(id, 'VPC', [], 'snapshot') };
  } },
  { of: 'objects.observed', what: 'a list and a later one', prepare: async () => {
    const { id } = await syncing();
    return { older: objects(id, 'VPC', [seenVpc(10)], 'snapshot'), newer: objects(id, 'VPC', [{ ...seenVpc(11), name: 'vpc-10' }], 'snapshot') };
  } },
  { of: 'agents.observed', what: 'an Agent and its deletion', prepare: async () => {
    const { id } = await syncing();
    await deliver(agents(id, [seenAgent(9)]));
    return { older: agents(id, [seenAgent(10)]), newer: agents(id, [seenAgent(11, true)]) };
  } },
  { of: 'agents.observed', what: 'an Agent and a list without it', prepare: async () => {
    const { id } = await syncing();
    return { older: agents(id, [seenAgent(10)]), newer: agents(id, [], 'snapshot') };
  } },
  { of: 'cluster.state_changed', what: 'up, then down', prepare: async () => {
    const { id } = await syncing();
    return { older: connection(id, 5, 'connected'), newer: connection(id, 6, 'failed') };
  } },
  { of: 'source.state_changed', what: 'failing, then ready', prepare: async () => {
    const { id } = await syncing();
    const { repositoryId } = (await bench.get(FabricService).get(id)).source;
    return { older: source(id, repositoryId, 5, 'failing'), newer: source(id, repositoryId, 6, 'ready') };
  } },
  ...(['bus.alert_fired', 'bus.alert_resolved'] as const).map((of): Case => ({ of, what: 'an alert that fires, then is over', prepare: () => {
    const service = `service-${randomUUID()}`;
    return Promise.resolve({ older: alertFired(service), newer: alertResolved(service) });
  } })),
  { of: 'watch.state_changed', what: 'live, then without its kind', prepare: async () => {
    const { id } = await syncing();
    return { older: watch(id, 5, 'live', 'Watching'), newer: watch(id, 6, 'stale', 'KindMissing') };
  } },
];

describe('without an inbox', () => {
  it('every message that fabric takes is looked at here', () => {
    const taken = subscriptionsOf(topologyOf(), 'fabric').map(({ name }) => name.replace('fabric.', ''));
    expect([...new Set(['revision.observed', ...cases.map((each) => each.of)])].sort()).toEqual(taken.sort());
  });

  it.each(cases)('$of is handled once: $what', async ({ prepare }) => {
    const { older, newer } = await prepare();
    for (const each of [older, newer]) {
      const before = await contents();
      await deliver(each);
      const after = await contents();
      expect(after).not.toEqual(before);
      await deliver(each);
      expect(await contents()).toEqual(after);
    }
  });

  it.each(cases)('$of is not overwritten by an older one: $what', async ({ prepare }) => {
    const { older, newer } = await prepare();
    await deliver(newer);
    const after = await contents();
    await deliver(older);
    expect(await contents()).toEqual(after);
  });

  it('a revision is accepted once', async () => {
    const { id } = await syncing();
    const at = new Date(bench.now().getTime() + 10);
    for (const data of [revisionOf(id, { from: 't1', to: 't2', files: [file('b.yaml', vpc(2))] }), revisionOf(id, { from: null, to: 't3', files: [file('a.yaml', vpc(3)), file('c.yaml', vpc(4))], chunks: 2 })]) {
      for (const chunk of data) await deliver(message('revision.observed', chunk, at));
      const after = await contents();
      for (const chunk of data) await deliver(message('revision.observed', chunk, at));
      expect(await contents()).toEqual(after);
    }
  });

  it('an older revision is asked about, and changes nothing', async () => {
    const { id } = await syncing();
    const at = bench.now().getTime();
    const [older] = revisionOf(id, { from: 't1', to: 't2', files: [file('b.yaml', vpc(2))] });
    const [newer] = revisionOf(id, { from: 't2', to: 't3', files: [file('b.yaml', vpc(3))] });
    await deliver(message('revision.observed', older!, new Date(at + 10)));
    await deliver(message('revision.observed', newer!, new Date(at + 20)));
    await bench.published();
    const after = await contents(['fabric', 'outbox']);
    await deliver(message('revision.observed', older!, new Date(at + 10)));
    expect(await contents(['fabric', 'outbox'])).toEqual(after);
    const [row] = await bench.database.query<{ tree: string }>('select tree from fabric where id = $1', [id]);
    expect(row!.tree).toBe('t3');
    expect((await bench.published()).map(({ type, data }) => [type, data])).toEqual([['revision.wanted', expect.objectContaining({ fromTree: 't3', sequence: 1 })]]);
  });

  it('an outcome that nobody waits for causes a look and nothing else', async () => {
    const { id, job } = await syncing();
    const [operation] = await bench.database.query<{ id: string }>('select id from operation where fabric_id = $1', [id]);
    await bench.database.query(`update operation set state = 'failed', finished_at = now() where id = $1`, [operation!.id]);
    await bench.database.query('update fabric set plan_due_at = null where id = $1', [id]);
    const before = await contents(['fabric']);
    await deliver(finished(job, job.steps.map((step) => done(bench, step))));
    await deliver(message('steps.finished', { fabricId: id, operationId: randomUUID(), jobId: randomUUID(), epoch: 1, outcomes: [done(bench, job.steps[0]!)] }));
    expect(await contents(['fabric'])).toEqual(before);
    const [row] = await bench.database.query<{ due: boolean }>('select plan_due_at is not null as due from fabric where id = $1', [id]);
    expect(row!.due).toBe(true);
  });
});
