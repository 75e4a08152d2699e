import { randomUUID } from 'node:crypto';
import { Logger } from '@heddle/platform';
import { eventually, TcpProxy } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insertOutboxRows, type NewRow } from '../src/outbox/insert-outbox-rows.ts';
import { laneOf } from '../src/outbox/lane-of.ts';
import { OutboxDeleter } from '../src/outbox/outbox-deleter.ts';
import { OutboxRelay } from '../src/outbox/outbox-relay.ts';
import type { OfferedRow } from '../src/outbox/outbox-row.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';

describe('the outbox', () => {
  let mesh: Mesh;
  let broker: TcpProxy;
  let fabric: TestService;
  let raw: amqp.ChannelModel;
  const arrived: { key: string; text: string }[] = [];

  beforeAll(async () => {
    mesh = await Mesh.create();
    broker = await TcpProxy.before(mesh.vhost.amqpUrl, 5672);
    fabric = await mesh.start('fabric', [], { amqpUrl: broker.url });
    raw = await amqp.connect(mesh.vhost.amqpUrl);
    const channel = await raw.createChannel();
    await channel.prefetch(500);
    await channel.consume(QUEUE, (message) => {
      if (!message) return;
      const body = JSON.parse(message.content.toString('utf8')) as { key?: string; text?: string; data?: { fabricId: string; reason: string } };
      arrived.push(body.data ? { key: body.data.fabricId, text: body.data.reason } : { key: body.key!, text: body.text! });
      channel.ack(message);
    });
  });
  afterAll(async () => {
    await raw.close();
    await mesh.stop();
    await broker.close();
  });

  const textsOf = (key: string) => arrived.filter((message) => message.key === key).map(({ text }) => text);
  const empty = (timeout = 20_000) => eventually(async () => expect(await fabric.count('outbox')).toBe(0), { timeout });

  it('sends a row whose lower id commits later', async () => {
    // All in one lane, so that nothing but the ids tells them apart.
    const keys = Array.from({ length: 400 }, () => randomUUID()).filter((key) => laneOf(key) === 3).slice(0, 3) as [string, string, string];
    const [early, late, ordered] = keys;
    await fabric.database.query('CREATE TABLE subject (key text PRIMARY KEY)');
    await fabric.database.query('INSERT INTO subject SELECT * FROM unnest($1::text[])', [keys]);
    const gate = Promise.withResolvers<void>();
    const inserted = Promise.withResolvers<void>();
    const add = (key: string, text: string, until?: Promise<void>) => fabric.database.transaction(async (tx) => {
      // Who wants order locks what the key stands for.
      await tx.query('SELECT 1 FROM subject WHERE key = $1 FOR UPDATE', [key]);
      await fabric.outbox.add(tx, 'revision.wanted', wanted(text, key), { orderingKey: key });
      inserted.resolve();
      await until;
    });
    const open = fabric.database.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM subject WHERE key = ANY($1) FOR UPDATE', [[early, ordered]]);
      await fabric.outbox.add(tx, 'revision.wanted', wanted('lower id', early), { orderingKey: early });
      await fabric.outbox.add(tx, 'revision.wanted', wanted('first', ordered), { orderingKey: ordered });
      inserted.resolve();
      await gate.promise;
    });
    await inserted.promise;
    for (const text of ['higher id', 'higher still']) await add(late, text);
    const second = add(ordered, 'second');
    await eventually(() => expect(textsOf(late)).toEqual(['higher id', 'higher still']));
    expect([textsOf(early), textsOf(ordered)]).toEqual([[], []]);
    gate.resolve();
    await Promise.all([open, second]);
    await empty();
    await eventually(() => expect([textsOf(early), textsOf(ordered)]).toEqual([['lower id'], ['first', 'second']]));
  });

  it('stores rows of different kinds, each behind the one before of its key', async () => {
    const row = (orderingKey: string | undefined, body: string, more: Partial<NewRow> = {}): NewRow => {
      const messageId = randomUUID();
      return { lane: 3, orderingKey: orderingKey ?? messageId, ordered: orderingKey !== undefined, messageId, type: 't.t', exchange: 'e', routingKey: 'r.r', body: Buffer.from(body), traceparent: undefined, priority: 4, expiresAt: undefined, ...more };
    };
    const expiresAt = new Date(Date.now() + 60_000);
    const rows = [
      row('__proto__', 'first'), row('a "key"', 'é', { type: 'u.u', exchange: 'f', routingKey: 's.s', priority: 9, traceparent: 'trace' }), row(undefined, ''), row('__proto__', 'second', { expiresAt }), row(undefined, 'last'),
    ];
    let before: OfferedRow[] = [];
    let offered: OfferedRow[] = [];
    let stored: Record<string, unknown>[] = [];
    await fabric.database.transaction(async (tx) => {
      before = await insertOutboxRows(tx, [row('__proto__', 'earlier'), row(undefined, 'no key')]);
      offered = await insertOutboxRows(tx, rows);
      stored = await tx.query('SELECT ordering_key, message_id, type, exchange, routing_key, body, traceparent, priority, expires_at FROM outbox WHERE id = ANY($1::bigint[]) ORDER BY id', [offered.map(({ id }) => id)]);
      throw new Error('back');
    }).catch(() => undefined);
    expect(stored).toEqual(rows.map(({ orderingKey, messageId, type, exchange, routingKey, body, traceparent, priority, expiresAt: until }) => ({
      ordering_key: orderingKey, message_id: messageId, type, exchange, routing_key: routingKey, body, traceparent: traceparent ?? null, priority, expires_at: until ?? null,
    })));
    expect(offered.map(({ messageId }) => messageId)).toEqual(rows.map(({ messageId }) => messageId));
    expect(offered.map(({ after }) => after)).toEqual([before[0]!.id, null, null, offered[0]!.id, null]);
  });

  it('sends what was written before its consumer ever started', async () => {
    await fabric.publish('steps.cancel', { fabricId: randomUUID(), operationId: randomUUID(), reason: 'nobody is there yet' });
    await empty();
    expect(await mesh.queue('k8s-sync.steps.cancel')).toEqual(expect.objectContaining({ messageCount: 1, consumerCount: 0 }));
  });

  it('drains a backlog in order, with little of it in memory', { timeout: 120_000 }, async () => {
    broker.cut();
    const relay = fabric.running.app.get(OutboxRelay);
    const flood = randomUUID();
    const others = Array.from({ length: 40 }, () => randomUUID());
    const insert = (keys: string[], rows: number) => fabric.database.query(`
      INSERT INTO outbox (lane, ordering_key, message_id, type, exchange, routing_key, body)
      SELECT k.lane, k.key, gen_random_uuid(), 'revision.wanted', 'heddle.work', 'revision.wanted',
        convert_to(jsonb_build_object('key', k.key, 'text', lpad(number::text, 6, '0'), 'padding', repeat('x', 900))::text, 'UTF8')
      FROM generate_series(1, $3::int) AS number CROSS JOIN unnest($1::text[], $2::smallint[]) AS k(key, lane)`, [keys, keys.map(laneOf), rows]);
    await insert([flood], 2_500);
    await insert(others, 100);
    let most = { rows: 0, bytes: 0 };
    const look = () => {
      const { rows, bytes } = relay.inMemory;
      most = { rows: Math.max(most.rows, rows), bytes: Math.max(most.bytes, bytes) };
    };
    const watching = setInterval(look, 20);
    await eventually(() => relay.inMemory.rows > 3_000, { timeout: 40_000 });
    const asked = performance.now();
    await fabric.outbox.room();
    const waited = performance.now() - asked;
    broker.restore();
    await empty(90_000);
    // A writer in bulk was held up, and no longer than that.
    expect(Math.round(waited / 100)).toBeGreaterThanOrEqual(10);
    clearInterval(watching);
    await eventually(() => expect(new Set(textsOf(flood)).size).toBe(2_500));
    // A reading may come on top of what was there when it began.
    expect(most.rows).toBeLessThanOrEqual(5_000);
    expect(most.bytes).toBeLessThanOrEqual(40 * 1024 * 1024);
    for (const key of [flood, ...others]) {
      const first = [...new Set(textsOf(key))];
      expect(first).toEqual(first.toSorted());
      expect(first.length).toBe(key === flood ? 2_500 : 100);
    }
    // The flood was there first, and did not hold up the others.
    const last = (keys: string[]) => arrived.findLastIndex(({ key }) => keys.includes(key));
    expect(last(others)).toBeLessThan(last([flood]));
  });
});

describe('OutboxDeleter', () => {
  let mesh: Mesh;

  beforeAll(async () => { mesh = await Mesh.create(); });
  afterAll(() => mesh.stop());

  it('vacuums the table after many deletions', async () => {
    const { database, running } = await mesh.start('fabric');
    const vacuums = async () => Number((await database.query<{ vacuum_count: string }>(`SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'outbox'`))[0]!.vacuum_count);
    const deleter = new OutboxDeleter(database, running.app.get(Logger), () => undefined, 100);
    for (let id = 1; id <= 99; id++) deleter.add(id);
    await deleter.stop();
    expect(await vacuums()).toBe(0);
    deleter.add(100);
    await deleter.stop();
    expect(await vacuums()).toBe(1);
  });
});

describe('two relays of one service', () => {
  let mesh: Mesh;

  beforeAll(async () => { mesh = await Mesh.create(); });
  afterAll(() => mesh.stop());

  it('share the lanes, and give them over without a loss', async () => {
    const first = await mesh.start('fabric');
    const publish = (from: TestService, count: number) => Promise.all(Array.from({ length: count }, () => from.publish('revision.wanted', wanted('x'))));
    const held = async () => (await first.database.query<{ count: string }>(`SELECT count(*) FROM lease WHERE key LIKE 'outbox:%' AND owner IS NOT NULL GROUP BY owner ORDER BY 1`)).map(({ count }) => Number(count));
    await eventually(async () => expect(await held()).toEqual([16]));
    const publishing = publish(first, 100);
    const second = await mesh.start('fabric');
    await eventually(async () => expect(await held()).toEqual([8, 8]));
    await publishing;
    await publish(second, 100);
    await second.running.stop();
    await eventually(async () => expect(await held()).toEqual([16]));
    await publish(first, 100);
    await eventually(async () => expect(await first.count('outbox')).toBe(0));
    expect(await mesh.depth(QUEUE)).toBeGreaterThanOrEqual(300);
  });
});
