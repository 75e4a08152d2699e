import { randomUUID } from 'node:crypto';
import { Metrics } from '@heddle/platform';
import { eventually, TcpProxy } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mesh, type TestService, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';
const MESSAGES = 12;

/** Takes all that waits. @returns message ids, in the order of the queue */
async function drain(amqpUrl: string): Promise<string[]> {
  const connection = await amqp.connect(amqpUrl);
  const channel = await connection.createChannel();
  const ids: string[] = [];
  for (;;) {
    const message = await channel.get(QUEUE);
    if (!message) break;
    ids.push(String(message.properties.messageId));
    channel.ack(message);
  }
  await channel.close();
  await connection.close();
  return ids;
}

describe('a broker that takes messages and does not confirm', () => {
  let mesh: Mesh;
  let proxy: TcpProxy;
  let fabric: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    proxy = await TcpProxy.before(mesh.vhost.amqpUrl, 5672);
    // Two seconds of silence before each try: the queue is looked at in between.
    fabric = await mesh.start('fabric', [], { amqpUrl: proxy.url, publishing: { confirmTimeoutMs: 1_000, breakerOpenMs: 1_000, breakerLongestOpenMs: 1_000 } });
  });
  afterAll(async () => {
    await mesh.stop();
    await proxy.close();
  });

  const breaker = async () => (await fabric.running.app.get(Metrics).registry.getSingleMetric('heddle_bus_breaker')!.get()).values[0]?.value;

  it('is sent one message at a time until it answers', async () => {
    const fabricId = randomUUID();
    proxy.hold('answers');
    await fabric.database.transaction((tx) => fabric.outbox.addMany(tx, Array.from({ length: MESSAGES }, (_, index) => ({
      type: 'revision.wanted' as const, data: wanted(`message ${index}`), options: index < 2 ? { fabricId } : {},
    }))));
    // The follower of the key waits for the confirm of the one before it.
    await eventually(async () => expect(await mesh.depth(QUEUE)).toBe(MESSAGES - 1));
    const depths = [MESSAGES - 1];
    await eventually(async () => {
      const depth = await mesh.depth(QUEUE);
      if (depth !== depths.at(-1)) depths.push(depth);
      expect(depths.length).toBeGreaterThan(2);
    }, { interval: 20 });
    expect(depths.slice(0, 3)).toEqual([MESSAGES - 1, MESSAGES, MESSAGES + 1]);
    expect(await breaker()).toBeGreaterThan(0);
    expect(await fabric.count('outbox')).toBe(MESSAGES);

    proxy.restore();
    await eventually(async () => expect(await fabric.count('outbox')).toBe(0));
    await eventually(async () => expect(await breaker()).toBe(0));
    expect(new Set(await drain(mesh.vhost.amqpUrl)).size).toBe(MESSAGES);
  });

  it('is no broker that sends a message back late', async () => {
    await mesh.vhost.api.call('DELETE', `/bindings/${mesh.vhost.name}/e/heddle.work/q/${QUEUE}/revision.wanted`);
    proxy.hold('answers');
    const fabricId = randomUUID();
    for (const reason of ['unroutable', 'behind it']) await fabric.publish('revision.wanted', wanted(reason), { fabricId });
    await eventually(async () => expect(await breaker()).toBe(2));
    // The return and the confirm of the try that was given up come together with those of the next one.
    proxy.restore();
    await eventually(async () => expect(await fabric.count('outbox', `held_reason = 'unroutable'`)).toBe(1));
    expect(await fabric.count('outbox')).toBe(2);
    await mesh.vhost.api.call('POST', `/bindings/${mesh.vhost.name}/e/heddle.work/q/${QUEUE}`, { routing_key: 'revision.wanted' });
    await eventually(async () => expect(await fabric.count('outbox')).toBe(0));
    expect(await mesh.depth(QUEUE)).toBe(2);
  });
});
