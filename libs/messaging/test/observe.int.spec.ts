import { randomBytes, randomUUID } from 'node:crypto';
import { busGet, type Envelope } from '@heddle/contracts';
import { Metrics } from '@heddle/platform';
import { createVhost, eventually } from '@heddle/testing';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeBroker } from '../src/broker/broker-address.ts';
import { findApart } from '../src/broker/find-apart.ts';
import { DeadLetterStore } from '../src/inbox/dead-letter-store.ts';
import { alertRules, BrokerConnections, BusClient, BusObserver, OnEveryEvent } from '../src/index.ts';
import { BusMetrics } from '../src/nest/bus-metrics.ts';
import { AlertBook } from '../src/observe/alert-book.ts';
import { alertKey, type AlertState } from '../src/observe/evaluate-alerts.ts';
import { shareProgress } from '../src/observe/share-progress.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';
const events: Envelope<{ alert: string; labels: Record<string, string>; summary: string; reason?: string; replica?: string }>[] = [];

@Controller()
class Listener {
  @OnEveryEvent()
  async onEvents(items: readonly { envelope: Envelope }[]): Promise<void> {
    events.push(...items.map(({ envelope }) => envelope as (typeof events)[number]));
  }
}

let mesh: Mesh;
let fabric: TestService;
/** Two replicas without a handler: what is sent to them waits. */
let first: TestService;
let second: TestService;
let gateway: TestService;

beforeAll(async () => {
  mesh = await Mesh.create();
  await mesh.start('notification', [Listener]);
  fabric = await mesh.start('fabric');
  first = await mesh.start('git-sync');
  second = await mesh.start('git-sync');
  gateway = await mesh.start('gateway');
});
afterAll(() => mesh.stop());

const observer = (service: TestService) => service.running.app.get(BusObserver);

/** Values of a gauge: by its labels, as JSON; none where it has no series. */
async function gauge(service: TestService, name: string): Promise<Record<string, number>> {
  const metric = await service.running.app.get(Metrics).registry.getSingleMetric(name)!.get();
  return Object.fromEntries(metric.values.map(({ labels, value }) => [Object.values(labels).join(' '), value]));
}

const told = (alert: string) => events.filter(({ data }) => data.alert === alert).map(({ event_type: type }) => type);

describe('a look at the bus', () => {
  it('tells depth, consumers and lag of each queue of the service', async () => {
    await observer(first).look(); // empty
    await fabric.publish('revision.wanted', wanted('one'));
    await fabric.publish('revision.wanted', wanted('two'));
    await eventually(async () => {
      await observer(first).look();
      expect((await gauge(first, 'heddle_bus_queue_messages'))[QUEUE]).toBe(2);
    });
    expect((await gauge(first, 'heddle_bus_queue_consumers'))[QUEUE]).toBe(0);
    await eventually(async () => {
      await observer(first).look();
      expect((await gauge(first, 'heddle_bus_lag_seconds'))[QUEUE]).toBeGreaterThan(0);
      expect((await gauge(first, 'heddle_bus_standstill_seconds'))[QUEUE]).toBeGreaterThan(0);
    });
    expect(Object.keys(await gauge(first, 'heddle_bus_queue_messages')).every((queue) => queue.startsWith('git-sync.'))).toBe(true);
    expect(await gauge(first, 'heddle_bus_observed')).toEqual({ queues: 1, tables: 1 });
  });

  it('tells the lag by what any replica was delivered', async () => {
    const publishedAfter = async (service: TestService) => {
      await observer(service).look();
      return Date.parse(observer(service).view().observedAt!) - (await gauge(service, 'heddle_bus_lag_seconds'))[QUEUE]! * 1_000;
    };
    const now = Date.now();
    expect(await publishedAfter(first)).toBeLessThan(now);
    // As after it took all that came before this moment.
    second.running.app.get(BusMetrics).delivered(QUEUE, now / 1_000);
    const third = await mesh.start('git-sync');
    for (const replica of [second, first, third]) expect(await publishedAfter(replica)).toBeCloseTo(now, 0);
    await third.running.stop();
  });

  it('believes no progress that is told from the future', async () => {
    const share = (known?: number) => shareProgress(first.database, new Map([['clocks', known]]));
    expect(await share()).toEqual(new Map());
    const ahead = (await share(Date.now() + 3_600_000)).get('clocks')!;
    expect(ahead).toBeLessThan(Date.now() + 60_000);
    await first.database.query(`UPDATE queue_progress SET published_after = now() + interval '1 hour' WHERE queue = 'clocks'`);
    expect(await share()).toEqual(new Map());
    expect(await share(ahead - 500)).toEqual(new Map([['clocks', ahead - 500]]));
    expect(await share(ahead - 900)).toEqual(new Map([['clocks', ahead - 500]]));
  });

  it('shows the gateway the consumers of every service', async () => {
    await observer(gateway).look();
    expect(await gauge(gateway, 'heddle_bus_seen_consumers')).toMatchObject({ 'notification.events': 1, [QUEUE]: 0 });
    expect(await gauge(gateway, 'heddle_bus_queue_messages')).toEqual({});
  });

  it('answers the gateway for the service', async () => {
    await observer(first).look();
    await observer(second).look();
    const view = await gateway.running.app.get(BusClient).ask(busGet('git-sync'), {});
    expect(view).toMatchObject({
      service: 'git-sync', broker: { product: 'RabbitMQ' }, connections: [{ name: 'publish', connected: true, fault: null }, { name: 'consume', connected: true }],
      outbox: { messages: 0, held: 0, oldestSeconds: 0 }, parked: 0, dead: 0, topologyDifferences: [],
    });
    expect(view.queues).toContainEqual({ queue: QUEUE, messages: 2, consumers: 0, lagSeconds: expect.any(Number) as number });
  });

  it('names what the outbox holds back, with its key', async () => {
    const fabricId = randomUUID();
    const held = `INSERT INTO outbox (lane, ordering_key, message_id, type, exchange, routing_key, body, due_at, attempts, held_reason)
      SELECT 0, key, id, 'revision.wanted', 'x', 'y', '', CASE WHEN held THEN now() + interval '1 hour' END, held::int, CASE WHEN held THEN 'unroutable' END
      FROM (VALUES ($1, $2::uuid, true), ($1, gen_random_uuid(), false), ($3::text, $3::uuid, true)) AS t(key, id, held)`;
    const [ordered, alone] = [randomUUID(), randomUUID()];
    await first.database.query(held, [fabricId, ordered, alone]);
    await observer(first).look();
    const shared = { type: 'revision.wanted', attempts: 1, reason: 'unroutable', nextTryAt: expect.stringMatching(/^2/) as string };
    expect(observer(first).view()).toMatchObject({ outbox: { messages: 3, held: 2 }, heldMessages: [{ ...shared, messageId: ordered, key: fabricId, waiting: 1 }, { ...shared, messageId: alone, key: null, waiting: 0 }] });
    await first.database.query('DELETE FROM outbox');
    await observer(first).look();
    expect(observer(first).view()).toMatchObject({ outbox: { held: 0 }, heldMessages: [] });
  });

  it('takes away what it can not measure', async () => {
    await observer(second).look();
    expect(await gauge(second, 'heddle_outbox_rows')).toEqual({ '': 0 });
    await second.database.query('ALTER TABLE parked RENAME TO parked_away');
    try {
      await observer(second).look();
      expect(await gauge(second, 'heddle_outbox_rows')).toEqual({});
      expect(await gauge(second, 'heddle_bus_parked')).toEqual({});
      expect(await gauge(second, 'heddle_bus_observed')).toEqual({ queues: 1, tables: 0 });
      expect(observer(second).view()).toMatchObject({ outbox: null, parked: null, dead: null });
    } finally {
      await second.database.query('ALTER TABLE parked_away RENAME TO parked');
    }
    await observer(second).look();
    expect(await gauge(second, 'heddle_bus_observed')).toEqual({ queues: 1, tables: 1 });
  });

  it('says so when a queue is gone, and finds it again', async () => {
    await mesh.deleteQueue('git-sync.source.release');
    await observer(second).look();
    expect(await gauge(second, 'heddle_bus_observed')).toEqual({ queues: 0, tables: 1 });
    expect(observer(second).view().queues).toContainEqual({ queue: 'git-sync.source.release', messages: null, consumers: null, lagSeconds: null });
    expect((await gauge(second, 'heddle_bus_queue_messages'))[QUEUE]).toBe(2);
    await second.running.app.get(BrokerConnections).declareAgain();
    await observer(second).look();
    expect(await gauge(second, 'heddle_bus_observed')).toEqual({ queues: 1, tables: 1 });
  });
});

describe('a look at the nodes of the broker', () => {
  it('finds none apart that know of each other, and leaves out what does not answer', async () => {
    const { amqpUrl } = mesh.vhost;
    expect(await findApart([amqpUrl, amqpUrl, 'amqp://127.0.0.1:1'])).toEqual([]);
    // Queues of another virtual host are as unknown as those of a node that keeps apart.
    const other = await createVhost();
    const from = describeBroker(other.amqpUrl);
    expect(await findApart([amqpUrl, other.amqpUrl])).toEqual(expect.arrayContaining([{ node: describeBroker(amqpUrl), from }, { node: from, from: describeBroker(amqpUrl) }]));
    await other.delete();
  });
});

describe('an alert', () => {
  const look = async (...replicas: TestService[]) => { for (const replica of replicas) await observer(replica).look(); };

  it('is told once by two replicas and through a restart, when it begins and when it ends', async () => {
    await first.running.app.get(DeadLetterStore).add({
      consumer: 'nobody', messageId: randomUUID(), type: 'x.y', source: undefined, fabricId: undefined, correlationId: undefined, orderingKey: undefined, body: Buffer.from('x'), hash: randomBytes(32), headers: {},
    }, { state: 'dead', reason: 'r', message: 'm' }, 1);
    await look(first, second, first, second);
    await eventually(() => { expect(told('HeddleDeadLetters')).toEqual(['bus.alert_fired']); });
    expect(await gauge(second, 'heddle_alert')).toMatchObject({ 'HeddleDeadLetters warning': 1, 'HeddleOutboxHeld critical': 0 });
    expect(observer(second).view().alerts).toMatchObject([{ alert: 'HeddleDeadLetters', service: 'git-sync', summary: '1 messages were given up', runbook: 'docs/bus.md#dead-letters' }]);

    await first.running.stop();
    const third = await mesh.start('git-sync');
    await look(second, third);
    await second.database.query('DELETE FROM dead_letter');
    await look(second, third, second, third);
    await eventually(() => { expect(told('HeddleDeadLetters')).toEqual(['bus.alert_fired', 'bus.alert_resolved']); });
    // Events of other kinds, as that of the dead letter, come when they come.
    expect(events.filter(({ data }) => data.alert === 'HeddleDeadLetters').at(-1)!.data).toMatchObject({ reason: 'Cleared', labels: {} });
    expect(await second.count('bus_alert')).toBe(0);
  });

  it('of tasks given up ends when none is left, through a restart', async () => {
    const told = () => events.filter(({ data }) => data.alert === 'HeddleTasksGivenUp').map(({ event_type: type, data }) => `${type} ${data.labels['type']}`);
    const [one, two] = [await mesh.start('k8s-sync'), await mesh.start('k8s-sync')];
    await one.database.query(`INSERT INTO task (type, key, queue, payload, context, priority, state, due_at, finished_at)
      SELECT type, gen_random_uuid(), 'micro', '{}', '{}', 9, 'failed', now(), now() FROM unnest($1::text[]) AS type`, [['x.do', 'x.do', 'y.do']]);
    await look(one, two);
    expect(await gauge(two, 'heddle_work_given_up')).toEqual({ 'micro x.do': 2, 'micro y.do': 1 });
    expect(observer(two).view().alerts.find(({ labels }) => labels['type'] === 'x.do')).toMatchObject({ labels: { queue: 'micro' }, summary: '2 tasks x.do of the queue micro were given up', runbook: 'docs/bus.md#tasks-given-up' });
    await eventually(() => { expect(told().sort()).toEqual(['bus.alert_fired x.do', 'bus.alert_fired y.do']); });

    await one.database.query(`UPDATE task SET state = 'waiting' WHERE type = 'x.do'`);
    await look(one, two);
    await eventually(() => { expect(told().slice(2)).toEqual(['bus.alert_resolved x.do']); });
    expect(observer(two).view().alerts).toMatchObject([{ labels: { type: 'y.do' } }]);

    // What the next one can't measure goes on as it was told.
    for (const { running } of [one, two]) await running.stop();
    const next = await mesh.start('k8s-sync');
    await next.database.query('DELETE FROM task');
    await next.database.query('ALTER TABLE task RENAME TO task_away');
    await look(next, next);
    expect(observer(next).view().alerts).toMatchObject([{ labels: { type: 'y.do' } }]);
    await next.database.query('ALTER TABLE task_away RENAME TO task');
    await look(next);
    await eventually(() => { expect(told().slice(3)).toEqual(['bus.alert_resolved y.do']); });
    expect(observer(next).view().alerts).toEqual([]);
    await next.running.stop();
  });

  it('of a queue that is no more ends when another answers for the service', async () => {
    const service = await mesh.start('k8s-sync');
    const rule = alertRules().find(({ id }) => id === 'HeddleQueueDepth')!;
    for (const queue of ['k8s-sync.of.yesterday', 'k8s-sync.steps.apply']) {
      await service.database.query(`INSERT INTO bus_alert (alert, place, severity, labels, since, summary) VALUES ($1, $2, 'warning', $3, now(), 's')`, [rule.id, alertKey(rule, { queue }), { queue }]);
    }
    await look(service);
    await eventually(() => { expect(events.filter(({ data }) => data.alert === rule.id).map(({ data }) => [data.labels['queue'], data.reason])).toEqual([['k8s-sync.of.yesterday', 'Cleared']]); });
    expect(await service.count('bus_alert')).toBe(1);
  });

  it('of what is counted is told by each process that counts it', async () => {
    const other = await mesh.start('git-sync');
    await look(second, other);
    for (const { running } of [second, other]) running.app.get(BusMetrics).handled(QUEUE, 'dead', 11);
    await look(second, other);
    await eventually(() => {
      const fired = events.filter(({ data }) => data.alert === 'HeddleDeadLettersGrowing');
      expect(fired.map(({ data }) => data.labels)).toEqual([{ queue: QUEUE }, { queue: QUEUE }]);
      expect(new Set(fired.map(({ data }) => data.replica)).size).toBe(2);
    });
    await other.running.stop();
  });

  it('of a process ends with the process', async () => {
    const gone = await mesh.start('git-sync');
    const rule = alertRules().find(({ id }) => id === 'HeddleMemory')!;
    const state: AlertState = { rule, labels: {}, phase: 'firing', since: Date.now(), value: 0.9, clearSince: undefined };
    const alert = { alert: rule.id, severity: rule.severity, service: 'git-sync', labels: {}, value: 0.9, threshold: 0.8, since: new Date().toISOString(), summary: 's', remedy: 'r', runbook: 'b' };
    const states = new Map([[alertKey(rule, {}), state]]);
    for (let twice = 0; twice < 2; twice++) await gone.running.app.get(AlertBook).tell(states, () => alert, undefined, new Date());
    await look(second);
    await eventually(() => { expect(told('HeddleMemory')).toEqual(['bus.alert_fired']); });
    await gone.running.stop();
    await eventually(async () => {
      await look(second);
      expect(events.filter(({ data }) => data.alert === 'HeddleMemory').map(({ data }) => data.reason)).toEqual([undefined, 'ReplicaGone']);
    });
    expect(events.filter(({ data }) => data.alert === 'HeddleMemory').at(-1)!.data.replica).toMatch(/^[0-9a-f-]{36}$/);
  });
});
