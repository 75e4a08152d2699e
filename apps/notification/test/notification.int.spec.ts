import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deliveryList, eventList, fromCloudEvent, subscriptionCreate, subscriptionDelete, subscriptionGet, type SubscriptionView } from '@heddle/contracts';
import { BrokerConnections, BusClient, ConfirmPublisher, everyEventQueueOf, Outbox, runningTestService, runService, type RunningService } from '@heddle/messaging';
import { Clock, Database, Logger } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, type TestDatabase, type TestVhost } from '@heddle/testing';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import { EventPartitions } from '../src/event-log/event-partitions.ts';

const received: { headers: IncomingHttpHeaders; body: string }[] = [];
let status: (n: number) => number = () => 200;
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; }).on('end', () => {
    received.push({ headers: request.headers, body });
    void answering.then(() => response.writeHead(status(received.length)).end('secret answer of the receiver'));
  });
});

let database: TestDatabase;
let vhost: TestVhost;
let fabric: RunningService;
let gateway: RunningService;
let notification: RunningService;
let url: string;
let bus: BusClient;
let begin: () => Promise<RunningService>;
let answering: Promise<void> = Promise.resolve();

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
  const common = { databaseUrl: database.url, amqpUrl: vhost.amqpUrl };
  const config = readConfig({
    HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `t:${randomBytes(32).toString('base64')}`,
    HEDDLE_LOG_LEVEL: 'silent', HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_ALLOW_HTTP: 'true', HEDDLE_WEBHOOK_RETRY_SECONDS: '1,1',
  });
  [fabric, gateway] = await Promise.all([runningTestService({ service: 'fabric', ...common }), runningTestService({ service: 'gateway', ...common })]);
  begin = () => runService({ service: 'notification', config, module: AppModule.forRoot(config) });
  notification = await begin();
  bus = gateway.app.get(BusClient);
});
afterAll(async () => {
  for (const service of [notification, gateway, fabric]) await service?.stop();
  receiver.closeAllConnections();
  receiver.close();
  await vhost.delete();
  await database.drop();
});
beforeEach(() => { received.length = 0; status = () => 200; });

/** What fabric tells when a fabric changes its state. */
async function tell(fabricId: string = randomUUID(), name = 'lab'): Promise<string> {
  await fabric.app.get(Database).transaction((tx) => fabric.app.get(Outbox).add(tx, 'fabric.state_changed', { fabricId, name, from: null, to: 'planned' }, { fabricId }));
  return fabricId;
}

async function subscribe(more: object = {}): Promise<SubscriptionView> {
  return bus.ask(subscriptionCreate, { name: `s-${randomUUID().slice(0, 8)}`, url, types: ['fabric.*'], ...more });
}

describe('the event log', () => {
  it('answers a waiting reader as soon as an event came', async () => {
    const { last } = await bus.ask(eventList, {});
    const waiting = bus.ask(eventList, { after: last, waitMs: 10_000 });
    const fabricId = await tell();
    const { items } = await waiting;
    expect(items).toHaveLength(1);
    expect(items[0]!.event).toMatchObject({ event_type: 'fabric.state_changed', source: 'fabric', data: { fabricId }, metadata: { fabric_id: fabricId } });
  });

  it('reads on from a position, by fabric and type', async () => {
    const { last } = await bus.ask(eventList, {});
    const [a, b] = [await tell(), await tell()];
    await eventually(async () => (await bus.ask(eventList, { after: last })).items.length === 2);
    expect((await bus.ask(eventList, { after: last, fabricId: b })).items.map((item) => (item.event['data'] as { fabricId: string }).fabricId)).toEqual([b]);
    expect((await bus.ask(eventList, { after: last, types: ['drift.detected'] })).items).toEqual([]);
    const [first] = (await bus.ask(eventList, { after: last, limit: 1 })).items;
    expect((first!.event['data'] as { fabricId: string }).fabricId).toBe(a);
    expect((await bus.ask(eventList, { after: first!.position })).items).toHaveLength(1);
  });

  it('logs an event with text that the database refuses', async () => {
    const { last } = await bus.ask(eventList, {});
    await tell(randomUUID(), 'a\0b\uD800');
    await eventually(async () => {
      const [item] = (await bus.ask(eventList, { after: last })).items;
      return (item?.event['data'] as { name: string } | undefined)?.name === 'a\uFFFDb\uFFFD';
    });
  });

  it('logs on after midnight and drops days that are too old', async () => {
    const clock = notification.app.get(Clock);
    const real = clock.now.bind(clock);
    clock.now = () => new Date(real().getTime() + 40 * 86_400_000);
    try {
      const { last } = await bus.ask(eventList, {});
      await tell();
      await eventually(async () => (await bus.ask(eventList, { after: last })).items.length === 1);
      const dropped = await notification.app.get(EventPartitions).dropOlderThan(30);
      expect(dropped).toHaveLength(3);
      expect((await bus.ask(eventList, { after: last })).items).toHaveLength(1);
      // The clock goes back: the partition of that day was dropped a moment ago.
      clock.now = real;
      await tell();
      await eventually(async () => (await bus.ask(eventList, { after: last })).items.length === 2);
    } finally {
      clock.now = real;
    }
  });

  it('logs into a day whose partition another replica dropped', async () => {
    const { last } = await bus.ask(eventList, {});
    const db = notification.app.get(Database);
    await db.query(`DROP TABLE event_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`);
    const fabricId = await tell();
    await eventually(async () => (await bus.ask(eventList, { after: last, fabricId })).items.length === 1);
    expect(await db.query(`SELECT 1 FROM parked`)).toEqual([]);
  });

  it('logs an event once when it comes again after the inbox has forgotten it', async () => {
    const { last } = await bus.ask(eventList, {});
    const subscription = await subscribe();
    const fabricId = await tell();
    const [logged] = await eventually(async () => {
      const { items } = await bus.ask(eventList, { after: last, fabricId });
      return items.length === 1 ? items : false;
    });
    const db = notification.app.get(Database);
    const clock = notification.app.get(Clock);
    const real = clock.now.bind(clock);
    clock.now = () => new Date(real().getTime() + 9 * 86_400_000);
    const publisher = new ConfirmPublisher({ connection: gateway.app.get(BrokerConnections).publish, logger: gateway.app.get(Logger) });
    publisher.start(() => undefined);
    try {
      await db.query(`DELETE FROM inbox`);
      await eventually(() => publisher.free > 0);
      const again = { exchange: '', routingKey: everyEventQueueOf('notification'), messageId: String(logged!.event['event_id']), type: 'fabric.state_changed', priority: 0, headers: {}, body: Buffer.from(JSON.stringify(logged!.event)) };
      for (let time = 0; time < 3; time++) expect(await publisher.publish(again)).toBe('confirmed');
      const marker = await tell();
      await eventually(async () => (await bus.ask(eventList, { after: last, fabricId: marker })).items.length === 1);
      await eventually(async () => (await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM inbox WHERE message_id = $1`, [logged!.event['event_id']]))[0]!.n === 1);
      expect((await bus.ask(eventList, { after: last, fabricId })).items).toHaveLength(1);
      expect((await bus.ask(deliveryList, { subscription: subscription.id })).items.filter((one) => one.eventId === logged!.event['event_id'])).toHaveLength(1);
    } finally {
      clock.now = real;
      await publisher.close();
      await bus.ask(subscriptionDelete, { subscription: subscription.id });
    }
  });
});

describe('webhooks', () => {
  it('deliver signed events once', async () => {
    const subscription = await subscribe();
    expect(subscription.secret).toMatch(/^whsec_/);
    expect((await bus.ask(subscriptionGet, { subscription: subscription.name })).secret).toBeUndefined();
    const fabricId = await tell();
    await eventually(() => received.length === 1);
    const event = new Webhook(subscription.secret!).verify(received[0]!.body, received[0]!.headers as Record<string, string>) as { data: { fabricId: string }; event_id: string };
    expect(event.data.fabricId).toBe(fabricId);
    expect(received[0]!.headers['webhook-id']).toBe(event.event_id);
    await eventually(async () => (await bus.ask(deliveryList, { subscription: subscription.id })).items[0]?.state === 'delivered');
    await bus.ask(subscriptionDelete, { subscription: subscription.id });
  });

  it('are CloudEvents where the receiver asks for them', async () => {
    const subscription = await subscribe({ format: 'cloudevents' });
    expect(subscription.format).toBe('cloudevents');
    const fabricId = await tell();
    await eventually(() => received.length === 1);
    const { headers, body } = received[0]!;
    expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    expect(new Webhook(subscription.secret!).verify(body, headers as Record<string, string>)).toMatchObject({ specversion: '1.0', type: 'heddle.fabric.state_changed.v1', source: '/heddle/fabric', fabricid: fabricId });
    expect(fromCloudEvent(JSON.parse(body))).toMatchObject({ event_id: headers['webhook-id'], event_type: 'fabric.state_changed', data: { fabricId, name: 'lab' } });
    await bus.ask(subscriptionDelete, { subscription: subscription.id });
  });

  it('go to the subscriptions that asked for them', async () => {
    const [mine, other] = [randomUUID(), randomUUID()];
    const ofFabric = await subscribe({ fabrics: [mine] });
    const ofType = await subscribe({ types: ['drift.*'] });
    await tell(other);
    await tell(mine);
    await eventually(async () => (await bus.ask(deliveryList, { subscription: ofFabric.id })).items.length === 1);
    expect((await bus.ask(deliveryList, { subscription: ofType.id })).items).toEqual([]);
    for (const one of [ofFabric, ofType]) await bus.ask(subscriptionDelete, { subscription: one.id });
  });

  it('are tried three times, each recorded, and then given up', async () => {
    status = () => 500;
    const subscription = await subscribe();
    const { last } = await bus.ask(eventList, {});
    await tell();
    const failed = await eventually(async () => (await bus.ask(deliveryList, { subscription: subscription.id, state: 'failed' })).items[0] ?? false, { timeout: 15_000 });
    expect(failed.attempts.map((attempt) => attempt.status)).toEqual([500, 500, 500]);
    expect(JSON.stringify(failed)).not.toContain('secret answer');
    await eventually(async () => (await bus.ask(eventList, { after: last, types: ['delivery.failed'] })).items.length === 1);
    expect(received).toHaveLength(3);
    await bus.ask(subscriptionDelete, { subscription: subscription.id });
  });

  it('end when the receiver says that it is gone', async () => {
    status = () => 410;
    const subscription = await subscribe();
    await tell();
    await eventually(async () => !(await bus.ask(subscriptionGet, { subscription: subscription.id })).enabled);
    await bus.ask(subscriptionDelete, { subscription: subscription.id });
  });

  it('broken off by a stop are made again and count no try', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answering = promise;
    const subscription = await subscribe();
    await tell();
    await eventually(() => received.length === 1);
    await notification.stop();
    resolve();
    notification = await begin();
    const delivery = await eventually(async () => {
      const [first] = (await bus.ask(deliveryList, { subscription: subscription.id })).items;
      return first?.state === 'delivered' ? first : false;
    });
    expect(delivery.attempts.map((attempt) => attempt.status)).toEqual([200]);
    expect(received.map((one) => one.headers['webhook-id'])).toEqual([received[0]!.headers['webhook-id'], received[0]!.headers['webhook-id']]);
    await bus.ask(subscriptionDelete, { subscription: subscription.id });
  });

  it('are forgotten with the days of the log', async () => {
    const subscription = await subscribe();
    const db = notification.app.get(Database);
    for (const [state, days] of [['delivered', 29], ['delivered', 31], ['failed', 31], ['pending', 31]] as const) {
      await db.query(
        `INSERT INTO delivery (id, subscription_id, position, event_id, event_type, state, next_try_at, created_at) VALUES ($1, $2, 1, $3, 'x.y', $4, now() + interval '1 day', now() - make_interval(days => $5))`,
        [randomUUID(), subscription.id, randomUUID(), state, days]);
    }
    await notification.stop();
    notification = await begin();
    await eventually(async () => {
      const left = (await bus.ask(deliveryList, { subscription: subscription.id })).items.map((item) => item.state).sort();
      expect(left).toEqual(['delivered', 'pending']);
    });
    await bus.ask(subscriptionDelete, { subscription: subscription.id });
  });

  it('to a taken name are refused', async () => {
    const subscription = await subscribe();
    await expect(subscribe({ name: subscription.name })).rejects.toMatchObject({ code: 'STATE-061' });
    await bus.ask(subscriptionDelete, { subscription: subscription.id });
  });
});
