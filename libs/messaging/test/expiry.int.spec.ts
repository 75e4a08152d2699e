import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { deadLetterRequests, type MessageData } from '@heddle/contracts';
import { Metrics } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasExchangeType } from '../src/broker/broker-features.ts';
import { BrokerConnections, BusClient, expiredQueueOf, OnMessage } from '../src/index.ts';
import { encodeData, encodeEnvelope } from '../src/outbox/encode-message.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

const PATIENCE = { timeout: 30_000 };
const QUEUE = 'git-sync.revision.wanted';
let taken: string[] = [];

@Controller()
class Reads {
  @OnMessage('revision.wanted', { prefetch: 1 })
  async onWanted({ reason }: MessageData<'revision.wanted'>): Promise<void> {
    taken.push(reason);
  }
}

describe('a message with a time to live', () => {
  let mesh: Mesh;
  let fabric: TestService;
  let gitSync: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    fabric = await mesh.start('fabric');
  });
  afterAll(() => mesh.stop());

  const letters = (reason: string) => gitSync.database.query<{ consumer: string; reason: string; attempts: number }>(`SELECT consumer, reason, attempts FROM dead_letter WHERE position($1 in convert_from(body, 'UTF8')) > 0`, [reason]);

  it('becomes a dead letter of its consumer when that is away', async () => {
    await fabric.publish('revision.wanted', wanted('too late'), { ttlMs: 200 });
    await fabric.publish('revision.wanted', wanted('in time'), { ttlMs: 600_000 });
    await eventually(async () => await mesh.depth(expiredQueueOf('git-sync')) === 1, PATIENCE);
    gitSync = await mesh.start('git-sync', [Reads]);
    await eventually(async () => (await letters('too late')).length === 1, PATIENCE);
    expect(await letters('too late')).toEqual([{ consumer: QUEUE, reason: 'expired', attempts: 0 }]);
    await eventually(() => taken.includes('in time'), PATIENCE);
    expect(taken).not.toContain('too late');
    const metric = await gitSync.running.app.get(Metrics).registry.getSingleMetric('heddle_bus_expired_total')!.get();
    expect(metric.values).toEqual([expect.objectContaining({ labels: { queue: QUEUE }, value: 1 })]);
  });

  it('is handled all the same when a person replays it', async () => {
    const client = (await mesh.start('gateway')).running.app.get(BusClient);
    const [{ id }] = await gitSync.database.query<{ id: string }>(`SELECT id FROM dead_letter WHERE reason = 'expired'`) as [{ id: string }];
    expect(await client.ask(deadLetterRequests('git-sync').replay, { ids: [id] }, { actor: { type: 'token', id: 't', name: 'ann' } })).toMatchObject({ done: 1 });
    expect(taken).toContain('too late');
  });

  it('is tried again no more when its time is over', async () => {
    const id = randomUUID();
    const metadata = { correlation_id: 'c', expires_at: new Date(Date.now() - 1_000).toISOString() };
    const body = encodeEnvelope('revision.wanted', encodeData('revision.wanted', wanted('parked')), { eventId: id, timestamp: new Date(), source: 'fabric', metadata });
    await gitSync.database.query(`INSERT INTO parked (consumer, message_id, type, body, body_hash, headers, attempts, due_at, reason, message)
      VALUES ($1, $2, 'revision.wanted', $3, sha256($3), '{}', 2, now(), 'NET-010', 'the world is away')`, [QUEUE, id, body]);
    await eventually(async () => (await letters('parked')).length === 1, PATIENCE);
    expect(await letters('parked')).toEqual([{ consumer: QUEUE, reason: 'expired', attempts: 2 }]);
    expect(await gitSync.count('dead_letter', `message LIKE 'It ceased%: the world is away'`)).toBe(1);
    expect(taken).not.toContain('parked');
    expect(await gitSync.count('parked')).toBe(0);
    const metric = await gitSync.running.app.get(Metrics).registry.getSingleMetric('heddle_bus_expired_total')!.get();
    expect(metric.values).toEqual([expect.objectContaining({ labels: { queue: QUEUE }, value: 2 })]);
  });

  it('is refused by the handler chain when it comes past its time', async () => {
    const connection = await amqp.connect(mesh.vhost.amqpUrl);
    const channel = await connection.createConfirmChannel();
    const metadata = { correlation_id: 'c', expires_at: new Date(Date.now() - 1_000).toISOString() };
    channel.sendToQueue(QUEUE, encodeEnvelope('revision.wanted', encodeData('revision.wanted', wanted('stale')), { eventId: randomUUID(), timestamp: new Date(), source: 'fabric', metadata }));
    await channel.waitForConfirms();
    await connection.close();
    await eventually(async () => (await letters('stale')).length === 1, PATIENCE);
    expect(await letters('stale')).toEqual([{ consumer: QUEUE, reason: 'expired', attempts: 0 }]);
    expect(taken).not.toContain('stale');
  });
});

describe('a broker that is used for less than it can', () => {
  let mesh: Mesh;
  afterAll(() => mesh.stop());

  it('gives classic queues their priorities, strictly', async () => {
    taken = [];
    mesh = await Mesh.create();
    const without = ['quorumQueues', 'consistentHash'] as const;
    const fabric = await mesh.start('fabric', [], { without });
    for (const priority of [1, 9, 4, 0, 5] as const) await fabric.publish('revision.wanted', wanted(String(priority)), { priority });
    await eventually(async () => await mesh.depth(QUEUE) === 5, PATIENCE);
    const gitSync = await mesh.start('git-sync', [Reads], { without });
    // An increase shows only in a series that was there before.
    const counts = await gitSync.running.app.get(Metrics).registry.getSingleMetric('heddle_bus_expired_total')!.get();
    expect(counts.values).toEqual([expect.objectContaining({ labels: { queue: QUEUE }, value: 0 })]);
    await eventually(() => taken.length === 5, PATIENCE);
    expect(taken).toEqual(['9', '5', '4', '1', '0']);
    const fabricId = randomUUID();
    await gitSync.publish('source.state_changed', { fabricId, repositoryId: fabricId, state: 'ready', reason: 'Ready', message: '', since: new Date(0).toISOString(), nextTryAt: null }, { fabricId });
    await eventually(async () => await mesh.depth('fabric.source.state_changed') === 1, PATIENCE);
  });

  it('is asked for its plugins without harm', async () => {
    expect(await hasExchangeType(mesh.vhost.amqpUrl, 'x-no-such-type')).toBe(false);
    expect(await hasExchangeType(mesh.vhost.amqpUrl, 'x-consistent-hash')).toBe(true);
  });

  it('was not asked for more than it has', async () => {
    const fabric = await mesh.start('notification', [], { without: ['quorumQueues', 'consistentHash'] });
    expect(fabric.running.app.get(BrokerConnections).declarer.features).toMatchObject({ quorumQueues: false, consistentHash: false, quorumPriorities: false });
    expect(fabric.running.app.get(BrokerConnections).declarer.differences).toEqual([]);
  });
});
