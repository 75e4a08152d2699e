import { eventually } from '@heddle/testing';
import { describe, expect, it } from 'vitest';
import { type ConformanceSuite, DIRECT, numbers, PATIENCE, TOPIC } from './conformance-client.ts';

/** What becomes of messages that are published, and which queues they reach. */
export function publishingConforms(suite: ConformanceSuite): void {
  describe('publishing', () => {
    it('confirms what is in every bound queue', async () => {
      await suite.broker.declare({
        exchanges: [{ name: 'conf.fanout', type: 'fanout' }],
        queues: ['both-1', 'both-2'].map((each) => ({ name: `conf.fan-${each}`, bindings: [{ exchange: 'conf.fanout', key: '' }] })),
      });
      expect(await suite.client.publish('a', 'whatever', { exchange: 'conf.fanout' })).toBe('confirmed');
      for (const queue of ['conf.fan-both-1', 'conf.fan-both-2']) expect(await (await suite.client.consume(queue)).until(1)).toEqual(['a']);
    });

    it('returns what no queue takes, and that alone', async () => {
      const outcomes = await Promise.all([suite.client.publish('a', 'returned'), suite.client.publish('b', 'nowhere'), suite.client.publish('c', 'returned')]);
      expect(outcomes).toEqual(['confirmed', 'returned', 'confirmed']);
    });

    it('confirms nothing at an exchange that is missing, and goes on', async () => {
      expect(await suite.client.publish('a', 'x', { exchange: 'conf.missing' })).not.toBe('confirmed');
      await suite.client.deliver('after it', 'returned');
    });

    it('counts what is on its way against its window', async () => {
      const publisher = suite.client.transport.publisher({ window: 2 });
      publisher.start(() => undefined);
      await eventually(() => publisher.free === 2, PATIENCE);
      const publication = { exchange: DIRECT, routingKey: 'returned', type: 'conf.message', body: Buffer.from('a'), headers: {}, priority: 4 };
      const answers = [publisher.publish({ ...publication, messageId: '1' }), publisher.publish({ ...publication, messageId: '2' })];
      expect([publisher.free, publisher.inFlight]).toEqual([0, 2]);
      await Promise.all(answers);
      expect([publisher.free, publisher.inFlight]).toEqual([2, 0]);
      await publisher.close();
    });

    it('is unknown without a connection', async () => {
      await suite.client.transport.close();
      await eventually(() => suite.client.publisher.free === 0, PATIENCE);
      expect(await suite.client.publish('a', 'returned')).toBe('unknown');
      expect(suite.client.transport.fault).toEqual(expect.any(String));
    });
  });

  describe('routing', () => {
    /** What came to each queue, by the texts that were published. */
    const routed = async (queues: readonly string[], count: number) => {
      const taken = await Promise.all(queues.map((queue) => suite.client.consume(queue)));
      await eventually(() => taken.reduce((sum, { deliveries }) => sum + deliveries.length, 0) >= count, PATIENCE);
      return Object.fromEntries(taken.map(({ texts }, index) => [queues[index]!, texts]));
    };

    it('takes words at a topic exchange', async () => {
      for (const key of ['a', 'a.b', 'a.b.z', 'a.z', 'z']) expect(await suite.client.publish(key, key, { exchange: TOPIC })).toBe('confirmed');
      expect(await suite.client.publish('b', 'b', { exchange: TOPIC })).toBe('returned');
      expect(await routed(['conf.one-word', 'conf.any-words', 'conf.last-word'], 9)).toEqual({
        'conf.one-word': ['a.b', 'a.z'], 'conf.any-words': ['a', 'a.b', 'a.b.z', 'a.z'], 'conf.last-word': ['a.b.z', 'a.z', 'z'],
      });
    });

    it('takes equal keys at a direct exchange', async () => {
      for (const key of ['both-1', 'both-2']) await suite.client.publish(key, key);
      expect(await routed(['conf.both-1', 'conf.both-2'], 2)).toEqual({ 'conf.both-1': ['both-1'], 'conf.both-2': ['both-2'] });
    });

    it('keeps a key in one queue at a consistent-hash exchange', async () => {
      const queues = numbers(4).map((each) => `conf.hash-${each}`);
      await suite.broker.declare({
        exchanges: [{ name: 'conf.hash', type: 'consistent-hash', hashHeader: 'key' }],
        queues: queues.map((each) => ({ name: each, bindings: [{ exchange: 'conf.hash', key: '1' }] })),
      });
      const keys = numbers(40).flatMap((key) => [key, key, key]);
      for (const key of keys) expect(await suite.client.publish(key, '', { exchange: 'conf.hash', headers: { key: `key ${key}` } })).toBe('confirmed');
      const byQueue = Object.values(await routed(queues, keys.length));
      expect(byQueue.flat().toSorted()).toEqual(keys.toSorted());
      expect(byQueue.filter((texts) => texts.length > 0).length).toBeGreaterThan(1);
      expect(byQueue.reduce((sum, texts) => sum + new Set(texts).size, 0)).toBe(40);
    });
  });
}
