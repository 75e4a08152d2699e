import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deliveryList, eventList, eventSearch, type MessageData, replayCancel, replayCreate, replayGet, replayList, type ReplaySpec, type ReplayView, subscriptionCreate } from '@heddle/contracts';
import { BusClient, type MessageContext, OnMessage, Outbox, queueOf, type RunningService, runningTestService, runService } from '@heddle/messaging';
import { Database } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, type TestDatabase, type TestVhost } from '@heddle/testing';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';

const QUEUE = queueOf('fabric', 'cluster.state_changed');

@Controller()
class Clusters {
  @OnMessage('cluster.state_changed')
  async onChanged({ fabricId, sequence }: MessageData<'cluster.state_changed'>, { tx, headers }: MessageContext): Promise<void> {
    await tx.query('INSERT INTO effect (fabric_id, sequence, replay) VALUES ($1, $2, $3)', [fabricId, sequence, headers['heddle-replay'] ?? null]);
  }

  @OnMessage('watch.state_changed')
  async onWatch(_data: unknown, { tx }: MessageContext): Promise<void> {
    await tx.query('INSERT INTO other (n) VALUES (1)');
  }
}

const received: { headers: IncomingHttpHeaders; body: string }[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; }).on('end', () => {
    received.push({ headers: request.headers, body });
    response.writeHead(200).end();
  });
});

let database: TestDatabase;
let vhost: TestVhost;
let fabric: RunningService;
let cluster: RunningService;
let notification: RunningService;
let begin: () => Promise<RunningService>;
let bus: BusClient;
let url: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
  const common = { databaseUrl: database.url, amqpUrl: vhost.amqpUrl };
  const config = readConfig({
    HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `t:${randomBytes(32).toString('base64')}`,
    HEDDLE_LOG_LEVEL: 'silent', HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_ALLOW_HTTP: 'true',
  });
  [fabric, cluster] = await Promise.all([runningTestService({ service: 'fabric', controllers: [Clusters], ...common }), runningTestService({ service: 'k8s-sync', ...common })]);
  await fabric.app.get(Database).query('CREATE TABLE effect (fabric_id uuid, sequence int, replay uuid)');
  await fabric.app.get(Database).query('CREATE TABLE other (n int)');
  begin = () => runService({ service: 'notification', config, module: AppModule.forRoot(config) });
  notification = await begin();
  bus = cluster.app.get(BusClient);
});
afterAll(async () => {
  for (const service of [notification, cluster, fabric]) await service?.stop();
  receiver.closeAllConnections();
  receiver.close();
  await vhost?.delete();
  await database?.drop();
});
beforeEach(() => { received.length = 0; });

/** What k8s-sync tells of a cluster, so many times. */
async function tell(fabricId: string, sequences: number[], correlationId?: string): Promise<void> {
  const connection = { state: 'connected' as const, reason: 'Connected', message: '', since: new Date().toISOString(), breaker: { state: 'closed' as const, nextTryAt: null, lastError: null } };
  await cluster.app.get(Database).transaction((tx) => cluster.app.get(Outbox).addMany(tx, sequences.map((sequence) => ({
    type: 'cluster.state_changed' as const, data: { fabricId, server: 'https://k', connection, sequence }, options: { fabricId, ...(correlationId && { correlationId }) },
  }))));
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);
const logged = async (fabricId: string) => (await bus.ask(eventSearch, { fabricId, limit: 500 })).items;
const effects = async (fabricId: string, replay: string | null = null) =>
  (await fabric.app.get(Database).query<{ sequence: number }>(`SELECT sequence FROM effect WHERE fabric_id = $1 AND replay IS NOT DISTINCT FROM $2 ORDER BY sequence`, [fabricId, replay])).map((row) => row.sequence);
const start = new Date(Date.now() - 60_000).toISOString();

function replay(spec: Partial<ReplaySpec>): Promise<ReplayView> {
  return bus.ask(replayCreate, { target: { type: 'queue', queue: QUEUE }, from: start, reason: 'the state was lost', ...spec });
}

async function ended(id: string): Promise<ReplayView> {
  return eventually(async () => {
    const view = await bus.ask(replayGet, { replayId: id });
    return ['completed', 'failed', 'cancelled'].includes(view.state) ? view : false;
  }, { timeout: 25_000 });
}

describe('a replay to a queue', () => {
  it('sends what passes the filter to this queue alone, while live events go on', async () => {
    const [mine, other] = [randomUUID(), randomUUID()];
    const hook = await bus.ask(subscriptionCreate, { name: `s-${randomUUID().slice(0, 8)}`, url, types: ['cluster.*'], fabrics: [mine] });
    await tell(mine, upTo(30));
    await tell(other, upTo(5));
    await eventually(async () => (await effects(mine)).length === 30 && (await logged(mine)).length === 30 && (await effects(other)).length === 5 && (await logged(other)).length === 5);
    await eventually(() => received.length === 30);
    const { id } = await replay({ filter: { fabricId: mine, types: ['cluster.*'] }, eventsPerSecond: 2_000 });
    await tell(mine, [31, 32]);
    const view = await ended(id);
    expect(view).toMatchObject({ state: 'completed', progress: { matched: view.progress.sent } });
    expect(view.progress.scanned).toBeGreaterThanOrEqual(35);
    await eventually(async () => (await effects(mine, id)).length === view.progress.sent && (await effects(mine)).length === 32);
    expect((await effects(mine, id)).slice(0, 30)).toEqual(upTo(30));
    expect(await effects(mine)).toEqual(upTo(32));
    expect(await effects(other, id)).toEqual([]);
    await eventually(() => received.length === 32);
    expect((await logged(mine))).toHaveLength(32);
    expect((await bus.ask(deliveryList, { subscription: hook.id, limit: 100 })).items.filter((one) => one.replayId !== null)).toEqual([]);
  });

  it('goes on after a crash where it was, each event once', async () => {
    const fabricId = randomUUID();
    await tell(fabricId, upTo(120));
    await eventually(async () => (await logged(fabricId)).length === 120 && (await effects(fabricId)).length === 120);
    const { id } = await replay({ filter: { fabricId }, eventsPerSecond: 20 });
    await eventually(async () => (await bus.ask(replayGet, { replayId: id })).progress.sent >= 4);
    await notification.stop();
    const before = (await effects(fabricId, id)).length;
    expect(before).toBeLessThan(120);
    // What was sent just before the crash and not noted is sent again.
    await cluster.app.get(Database).query(`UPDATE notification.replay SET position = position - 3, events_per_second = 2000 WHERE id = $1`, [id]);
    notification = await begin();
    expect((await ended(id)).state).toBe('completed');
    await eventually(async () => (await effects(fabricId, id)).length === 120);
    expect(await effects(fabricId, id)).toEqual(upTo(120));
  });

  it('sends no more than the rate, tells how far it is, and stops when it is cancelled', async () => {
    const fabricId = randomUUID();
    await tell(fabricId, upTo(200));
    await eventually(async () => (await logged(fabricId)).length === 200);
    const startedAt = performance.now();
    const { id } = await replay({ filter: { fabricId }, eventsPerSecond: 10 });
    const running = await eventually(async () => {
      const view = await bus.ask(replayGet, { replayId: id });
      return view.progress.sent >= 5 ? view : false;
    }, { timeout: 20_000 });
    expect(running).toMatchObject({ state: 'running', progress: { estimatedEnd: expect.any(String) } });
    expect(running.progress.total).toBeGreaterThanOrEqual(200);
    expect((await bus.ask(replayCancel, { replayId: id })).state).toBe('cancelled');
    // One more may have been on its way.
    const { sent } = (await bus.ask(replayGet, { replayId: id })).progress;
    expect(sent).toBeLessThanOrEqual(10 * ((performance.now() - startedAt) / 1_000) + 2);
    expect((await bus.ask(replayCancel, { replayId: id })).state).toBe('cancelled');
    expect((await bus.ask(replayList, { state: 'cancelled' })).items.map((one) => one.id)).toContain(id);
    const audited = await notification.app.get(Database).query<{ action: string; details: { reason?: string } }>(`SELECT action, details FROM audit WHERE subject = $1 ORDER BY sequence`, [`replay/${id}`]);
    expect(audited).toMatchObject([{ action: 'replay.create', details: { reason: 'the state was lost' } }, { action: 'replay.cancel' }]);
  });

  it('is refused to a queue that takes no events, naming those that do', async () => {
    await expect(replay({ target: { type: 'queue', queue: 'fabric.steps.finished' } })).rejects.toMatchObject({ kind: 'invalid', remedy: expect.stringContaining(QUEUE) });
    await expect(replay({ target: { type: 'queue', queue: 'nowhere' } })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(replay({ from: new Date(Date.now() + 60_000).toISOString() })).rejects.toMatchObject({ kind: 'invalid', errors: [{ field: 'from' }] });
  });
});

describe('a replay to a webhook', () => {
  it('delivers once more to the asking subscription alone', async () => {
    const fabricId = randomUUID();
    const [mine, other] = await Promise.all(['mine', 'other'].map((name) => bus.ask(subscriptionCreate, { name: `${name}-${randomUUID().slice(0, 8)}`, url: `${url}/${name}`, types: ['cluster.*'], fabrics: [fabricId] })));
    await tell(fabricId, upTo(5), 'op-7');
    await tell(fabricId, [6], 'op-8');
    await eventually(() => received.length === 12);
    const { id } = await replay({ target: { type: 'subscription', subscription: mine!.name }, filter: { correlationId: 'op-7' } });
    expect(await ended(id)).toMatchObject({ state: 'completed', progress: { sent: 5 } });
    await eventually(() => received.length === 17);
    const again = received.slice(12);
    expect(again.every((one) => one.headers['heddle-replay'] === id)).toBe(true);
    expect(again.map((one) => (JSON.parse(one.body) as { data: { sequence: number } }).data.sequence).sort()).toEqual(upTo(5));
    const replayed = async (subscription: string) => (await bus.ask(deliveryList, { subscription })).items.filter((one) => one.replayId === id).length;
    expect([await replayed(mine!.id), await replayed(other!.id)]).toEqual([5, 0]);
  });
});

describe('the event log', () => {
  it('is searched by type, source, fabric, correlation and time, page by page', async () => {
    const fabricId = randomUUID();
    const before = new Date().toISOString();
    await tell(fabricId, upTo(7), 'search-1');
    await tell(fabricId, [8], 'search-2');
    await eventually(async () => (await logged(fabricId)).length === 8);
    const sequences = (items: { event: Record<string, unknown> }[]) => items.map(({ event }) => (event['data'] as { sequence: number }).sequence);
    const first = await bus.ask(eventSearch, { fabricId, correlationId: 'search-1', limit: 4 });
    const second = await bus.ask(eventSearch, { fabricId, correlationId: 'search-1', limit: 4, cursor: first.next! });
    expect([...sequences(first.items), ...sequences(second.items)]).toEqual(upTo(7).reverse());
    expect(second.next).toBeNull();
    expect(sequences((await bus.ask(eventSearch, { fabricId, order: 'oldest', types: ['cluster.*', 'drift.detected'], source: 'k8s-sync', from: before })).items)).toEqual(upTo(8));
    for (const none of [{ types: ['drift.*'] }, { source: 'fabric' }, { until: before }, { correlationId: 'search' }]) {
      expect((await bus.ask(eventSearch, { fabricId, ...none })).items).toEqual([]);
    }
    expect((await bus.ask(eventList, { after: '0', fabricId })).items).toHaveLength(8);
  });
});
