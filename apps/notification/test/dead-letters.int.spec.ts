import { randomBytes, randomUUID } from 'node:crypto';
import { deadLetterGroups, deadLetterList, type DeadLetterSummary } from '@heddle/contracts';
import { BusClient, Outbox, runningTestService, type RunningService, runService } from '@heddle/messaging';
import { Database } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, type TestDatabase, type TestVhost } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';

let database: TestDatabase;
let vhost: TestVhost;
let fabric: RunningService;
let gateway: RunningService;
let notification: RunningService;
let bus: BusClient;

beforeAll(async () => {
  [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
  const common = { databaseUrl: database.url, amqpUrl: vhost.amqpUrl };
  const config = readConfig({ HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `t:${randomBytes(32).toString('base64')}`, HEDDLE_LOG_LEVEL: 'silent' });
  [fabric, gateway] = await Promise.all([runningTestService({ service: 'fabric', ...common }), runningTestService({ service: 'gateway', ...common })]);
  notification = await runService({ service: 'notification', config, module: AppModule.forRoot(config) });
  bus = gateway.app.get(BusClient);
});
afterAll(async () => {
  for (const service of [notification, gateway, fabric]) await service?.stop();
  await vhost.delete();
  await database.drop();
});

/** A message that fabric could not take, as its consumer writes it. */
async function dies(reason: string, message = 'no', fabricId: string | null = null, secondsAgo = 0): Promise<string> {
  const id = randomUUID();
  // The partition of the day is made in the background of the start.
  await eventually(() => fabric.app.get(Database).query(
    `INSERT INTO dead_letter (failed_on, id, consumer, message_id, type, fabric_id, correlation_id, body, body_hash, size, headers, state, attempts, reason, message, cause, pattern, first_failed_at, last_failed_at)
     SELECT (now() AT TIME ZONE 'UTC')::date, $1::uuid, 'fabric.steps.finished', $1, 'steps.finished', $4, 'push-1', '{}', sha256('{}'), 2, '{}', 'dead', 1, $2, $3, left(md5($2), 12), $3, t, t
     FROM (SELECT now() - make_interval(secs => $5) AS t) at`, [id, reason, message, fabricId, secondsAgo]));
  return id;
}

const list = async (filter: object) => (await bus.ask(deadLetterList, { ...filter })).items;
const found = (filter: object, count: number): Promise<DeadLetterSummary[]> => eventually(async () => {
  const items = await list(filter);
  return items.length === count && items;
});

describe('the index of dead letters', () => {
  it('tells what a service could not take', async () => {
    const fabricId = randomUUID();
    const id = await dies('indexed', 'the switch is away', fabricId);
    const [letter] = await found({ reason: 'indexed' }, 1);
    expect(letter).toMatchObject({ id, service: 'fabric', consumer: 'fabric.steps.finished', fabricId, correlationId: 'push-1', state: 'dead', attempts: 1, size: 2, closedAt: null });
    for (const filter of [{ service: 'fabric', fabricId }, { text: 'SWITCH IS', reason: 'indexed' }, { fabricId, failedAfter: '2026-01-01T00:00:00Z' }, { correlationId: 'push-1', fabricId, type: 'steps.finished' }]) expect(await list(filter)).toHaveLength(1);
    for (const filter of [{ service: 'git-sync', fabricId }, { text: 'switch%is', fabricId }, { fabricId, failedBefore: '2026-01-01T00:00:00Z' }, { fabricId, state: 'discarded' }]) expect(await list(filter)).toEqual([]);
  });

  it('follows what becomes of them', async () => {
    const id = await dies('followed');
    await found({ reason: 'followed' }, 1);
    await fabric.app.get(Database).query(`UPDATE dead_letter SET state = 'discarded', closed_at = now(), note = 'old', version = 2, announced = false WHERE id = $1`, [id]);
    expect((await found({ reason: 'followed', state: 'discarded' }, 1))[0]).toMatchObject({ note: 'old' });
    expect(await list({ reason: 'followed' })).toEqual([]);
    // As an event that was late.
    const [late] = await list({ reason: 'followed', state: 'discarded' });
    const { service: _, ...item } = late!;
    const outbox = fabric.app.get(Outbox);
    const failedOn = new Date().toISOString().slice(0, 10);
    await fabric.app.get(Database).transaction((tx) => outbox.add(tx, 'dead_letter.changed', { items: [{ ...item, state: 'dead', closedAt: null, failedOn, version: 1 }] }));
    await dies('after the late one');
    await found({ reason: 'after the late one' }, 1);
    expect(await list({ reason: 'followed' })).toEqual([]);
  });

  it('gives pages without gap or repetition', async () => {
    for (let number = 0; number < 5; number++) await dies('paged', `no ${number}`, null, number);
    await found({ reason: 'paged' }, 5);
    const messages: string[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await bus.ask(deadLetterList, { reason: 'paged', limit: 2, cursor });
      messages.push(...page.items.map(({ message }) => message));
      if (page.next === null) break;
      cursor = page.next;
    }
    expect(messages).toEqual(['no 0', 'no 1', 'no 2', 'no 3', 'no 4']);
    await expect(bus.ask(deadLetterList, { cursor: 'mine' })).rejects.toMatchObject({ code: 'VAL-002' });
  });

  it('groups them by cause', async () => {
    for (const seconds of [60, 0, 30]) await dies('grouped', 'same', null, seconds);
    await found({ reason: 'grouped' }, 3);
    const { items: [group] } = await bus.ask(deadLetterGroups, { reason: 'grouped' });
    expect(group).toMatchObject({ count: 3, service: 'fabric', consumer: 'fabric.steps.finished', reason: 'grouped', pattern: 'same' });
    expect(Date.parse(group!.lastFailedAt) - Date.parse(group!.firstFailedAt)).toBeGreaterThan(50_000);
    expect(await list({ cause: group!.cause })).toHaveLength(3);
    const first = await bus.ask(deadLetterGroups, { limit: 1 });
    const second = await bus.ask(deadLetterGroups, { limit: 1, cursor: first.next! });
    expect(second.items[0]!.cause).not.toBe(first.items[0]!.cause);
  });

  it('has its own without telling itself of them', async () => {
    // News of a dead letter that can't be taken themselves, and another event that can't.
    for (const type of ['dead_letter.changed', 'fabric.state_changed']) {
      const envelope = { event_id: randomUUID(), event_type: type, event_version: 1, timestamp: new Date().toISOString(), source: 'fabric', data: {}, metadata: { correlation_id: 'looping' } };
      await vhost.api.call('POST', `/exchanges/${vhost.name}/amq.default/publish`, { properties: {}, routing_key: 'notification.events', payload: JSON.stringify(envelope), payload_encoding: 'string' });
    }
    const letters = await found({ correlationId: 'looping' }, 2);
    expect(letters.map(({ service, reason }) => `${service} ${reason}`)).toEqual(['notification schema', 'notification schema']);
    const db = notification.app.get(Database);
    await dies('after the loop');
    await found({ reason: 'after the loop' }, 1);
    expect(await list({ service: 'notification' })).toHaveLength(2);
    expect(await db.query(`SELECT 1 FROM event WHERE event_type = 'dead_letter.changed' AND source = 'notification'`)).toEqual([]);
  });

  it('hides nothing of a service that is down', async () => {
    const id = await dies('left behind');
    await found({ reason: 'left behind' }, 1);
    await fabric.stop();
    expect((await list({ service: 'fabric', reason: 'left behind' })).map((letter) => letter.id)).toEqual([id]);
  });
});
