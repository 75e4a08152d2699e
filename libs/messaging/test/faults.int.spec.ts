import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { eventually, TcpProxy } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BrokerConnections, type MessageContext, OnMessage } from '../src/index.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';
const calls: { reason: string; attempt: number }[] = [];
let gate: Promise<void> = Promise.resolve();

@Controller()
class Reads {
  @OnMessage('revision.wanted', { retryDelaysMs: [50] })
  async onWanted({ reason }: MessageData<'revision.wanted'>, { attempt, tx }: MessageContext): Promise<void> {
    calls.push({ reason, attempt });
    await tx.query('INSERT INTO effect (reason) VALUES ($1)', [reason]);
    await gate;
  }
}

describe('the bus under faults', () => {
  let mesh: Mesh;
  let broker: TcpProxy;
  let postgres: TcpProxy;
  let fabric: TestService;
  let gitSync: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    broker = await TcpProxy.before(mesh.vhost.amqpUrl, 5672);
    postgres = await TcpProxy.before(mesh.database.url, 5432);
    fabric = await mesh.start('fabric', [], { amqpUrl: broker.url });
    gitSync = await mesh.start('git-sync', [Reads], { amqpUrl: broker.url, databaseUrl: postgres.url });
    await gitSync.database.query('CREATE TABLE effect (reason text)');
  });
  afterAll(async () => {
    await mesh.stop();
    await broker.close();
    await postgres.close();
  });
  beforeEach(() => { gate = Promise.resolve(); });
  afterEach(() => {
    broker.restore();
    postgres.restore();
  });

  const effects = (reason: string) => gitSync.count('effect', `reason = '${reason}'`);
  const onceEffected = (reason: string) => eventually(async () => await effects(reason) === 1, { timeout: 20_000 });
  const untilConsumed = () => eventually(async () => (await mesh.queue(QUEUE)).consumerCount === 1);

  it('commits while the broker is away, and delivers when it is back', async () => {
    broker.cut();
    await fabric.publish('revision.wanted', wanted('while away'));
    expect(await fabric.count('outbox')).toBe(1);
    expect(await (await fetch(`${fabric.running.http.url}/readyz`)).json()).toMatchObject({ status: 'degraded', checks: { rabbitmq: { ok: false } } });
    broker.restore();
    await onceEffected('while away');
    await eventually(async () => await fabric.count('outbox') === 0);
  });

  it('loses and doubles nothing when connections are cut under load', async () => {
    const reasons = Array.from({ length: 150 }, (_, index) => `load ${index}`);
    const publishing = (async () => { for (const reason of reasons) await fabric.publish('revision.wanted', wanted(reason)); })();
    for (let cut = 0; cut < 3; cut++) {
      await eventually(async () => await gitSync.count('effect', `reason LIKE 'load %'`) >= cut * 30);
      broker.cut();
      broker.restore();
    }
    await publishing;
    await eventually(async () => await gitSync.count('effect', `reason LIKE 'load %'`) >= reasons.length, { timeout: 20_000 });
    await eventually(async () => await fabric.count('outbox') === 0 && await mesh.depth(QUEUE) === 0);
    const doubled = await gitSync.database.query(`SELECT reason FROM effect GROUP BY reason HAVING count(*) > 1`);
    expect(doubled).toEqual([]);
  });

  it('settles nothing late after its channel has gone', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    await fabric.publish('revision.wanted', wanted('late'));
    await eventually(() => calls.some(({ reason }) => reason === 'late'));
    broker.cut();
    broker.restore();
    const duplicates = await gitSync.handled('duplicate');
    await untilConsumed();
    resolve();
    // It is delivered again, and the inbox knows it.
    await eventually(async () => await gitSync.handled('duplicate') > duplicates);
    expect(await effects('late')).toBe(1);
  });

  it('opens a channel again that the broker closed', async () => {
    await untilConsumed();
    const connection = gitSync.running.app.get(BrokerConnections).consume.current!;
    // A wrong acknowledgement makes the broker close just this channel.
    const channels = (connection.connection as unknown as { channels: ({ channel?: amqp.Channel } | null)[] }).channels;
    for (const slot of channels.slice(1)) {
      const channel = slot?.channel;
      if (channel && 'ack' in channel) channel.ack({ fields: { deliveryTag: 999_999 } } as amqp.Message);
    }
    await fabric.publish('revision.wanted', wanted('after the close'));
    await onceEffected('after the close');
  });

  it('declares a queue anew that somebody deleted', async () => {
    await mesh.vhost.api.call('DELETE', `/queues/${mesh.vhost.name}/${QUEUE}`);
    await fabric.publish('revision.wanted', wanted('after the deletion'));
    await onceEffected('after the deletion');
  });

  it('pauses without PostgreSQL and counts no attempt', async () => {
    postgres.cut();
    for (const reason of ['no database 1', 'no database 2']) await fabric.publish('revision.wanted', wanted(reason));
    await eventually(async () => await mesh.depth(QUEUE) === 2 && await fabric.count('outbox') === 0);
    postgres.restore();
    for (const reason of ['no database 1', 'no database 2']) await onceEffected(reason);
    expect(calls.filter(({ reason }) => reason.startsWith('no database')).map(({ attempt }) => attempt)).not.toContain(2);
    expect(await gitSync.count('parked')).toBe(0);
    await untilConsumed();
  });

  it('holds an unroutable message back with its key, and lets others go', async () => {
    await untilConsumed();
    await mesh.vhost.api.call('DELETE', `/bindings/${mesh.vhost.name}/e/heddle.work/q/k8s-sync.steps.cancel/steps.cancel`);
    const fabricId = randomUUID();
    await fabric.publish('steps.cancel', { fabricId, operationId: randomUUID(), reason: 'x' }, { fabricId });
    await fabric.publish('revision.wanted', wanted('behind the held one', fabricId), { fabricId });
    await fabric.publish('revision.wanted', wanted('another key'));
    // What came back made the service declare the binding again.
    await onceEffected('behind the held one');
    const order = calls.map(({ reason }) => reason);
    expect(order.indexOf('another key')).toBeLessThan(order.indexOf('behind the held one'));
    expect(await mesh.depth('k8s-sync.steps.cancel')).toBe(1);
    expect(await fabric.published('returned')).toBeGreaterThan(0);
    await eventually(async () => await fabric.count('outbox') === 0);
  });
});

describe('a relay that is gone', () => {
  let mesh: Mesh;

  beforeAll(async () => { mesh = await Mesh.create(); });
  afterAll(() => mesh.stop());

  it('leaves what was committed to the next one', async () => {
    // It never relays: as if it were killed between commit and publish.
    const killed = await mesh.start('fabric', [], { relay: false });
    const fabricId = randomUUID();
    for (const reason of ['one', 'two', 'three']) await killed.publish('revision.wanted', wanted(reason, fabricId), { fabricId });
    expect(await killed.count('outbox')).toBe(3);
    await killed.running.stop();
    const next = await mesh.start('fabric');
    await eventually(async () => await next.count('outbox') === 0 && await mesh.depth(QUEUE) === 3);
  });

  it('is woken for rows that another process wrote', async () => {
    // The service before it still runs and owns the lanes.
    const other = await mesh.start('fabric');
    const startedAt = performance.now();
    for (let round = 0; round < 10; round++) {
      await other.publish('revision.wanted', wanted('woken'));
      await eventually(async () => await other.count('outbox') === 0, { interval: 10 });
    }
    // Reading the table every second alone would take five seconds on average.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
