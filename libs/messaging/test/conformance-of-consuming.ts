import { eventually } from '@heddle/testing';
import { describe, expect, it } from 'vitest';
import { Delivery } from '../src/consume/delivery.ts';
import { type ConformanceSuite, DIRECT, numbers, PATIENCE } from './conformance-client.ts';

/** What consumers get, in which order, and what settling does. */
export function consumingConforms(suite: ConformanceSuite): void {
  describe('consuming', () => {
    it('keeps the order within a queue', async () => {
      const texts = numbers(100);
      await Promise.all(texts.map((text) => suite.client.publish(text, 'order')));
      expect(await (await suite.client.consume('conf.order', { prefetch: 7 })).until(100)).toEqual(texts);
    });

    it('shares among competing consumers, each message once', async () => {
      const taken = [await suite.client.consume('conf.sharing', { prefetch: 1 }), await (await suite.another()).consume('conf.sharing', { prefetch: 1 })];
      for (const text of numbers(30)) await suite.client.publish(text, 'sharing');
      await eventually(() => taken.reduce((sum, { deliveries }) => sum + deliveries.length, 0) >= 30, PATIENCE);
      expect(taken.flatMap(({ texts }) => texts).toSorted()).toEqual(numbers(30).toSorted());
      for (const { deliveries } of taken) expect(deliveries.length).toBeGreaterThan(5);
    });

    it('has no more in hand than the prefetch', async () => {
      for (const text of numbers(10)) await suite.client.publish(text, 'prefetch');
      const taken = await suite.client.consume('conf.prefetch', { prefetch: 3, settle: false });
      await eventually(async () => (await suite.client.transport.counts('conf.prefetch'))?.messages === 7, PATIENCE);
      expect(taken.texts).toEqual(['0', '1', '2']);
      taken.deliveries[1]!.settle();
      expect(await taken.until(4)).toEqual(['0', '1', '2', '3']);
    });

    it('settles a delivery once', async () => {
      const taken = await suite.client.consume('conf.twice', { prefetch: 1, settle: false });
      await suite.client.publish('a', 'twice');
      await taken.until(1);
      taken.deliveries[0]!.settle();
      taken.deliveries[0]!.settle();
      await suite.client.publish('b', 'twice');
      expect(await taken.until(2)).toEqual(['a', 'b']);
      // A second acknowledgement would be a mistake that costs the channel.
      taken.deliveries[1]!.settle();
      await eventually(async () => (await suite.client.transport.counts('conf.twice'))?.messages === 0, PATIENCE);
      expect(taken.lost).toBe(0);
    });

    it('settles nothing late that came on a lost channel', async () => {
      const taken = await suite.client.consume('conf.late', { prefetch: 1, settle: false });
      await suite.client.publish('a', 'late');
      await taken.until(1);
      await suite.broker.dropConnections();
      await taken.until(2);
      expect(taken.deliveries.map(({ redelivered }) => redelivered)).toEqual([false, true]);
      // On its new channel the message has the same tag again.
      taken.deliveries[0]!.settle();
      await suite.broker.dropChannels(suite.client.transport);
      expect(await taken.until(3)).toEqual(['a', 'a', 'a']);
      taken.deliveries[2]!.settle();
      await taken.consumer.close();
      expect(await suite.client.transport.counts('conf.late')).toMatchObject({ messages: 0 });
    });

    it('settles a group at once, and not what was left in it', async () => {
      for (const text of numbers(5)) await suite.client.publish(text, 'group');
      const taken = await suite.client.consume('conf.group', { settle: false });
      await taken.until(5);
      const [first, ...others] = taken.deliveries;
      first!.leave();
      Delivery.settleAll(others);
      await taken.consumer.close();
      taken.consumer.start();
      expect((await taken.until(6)).slice(5)).toEqual(['0']);
      expect(taken.deliveries[5]!.redelivered).toBe(true);
    });

    it('takes no more after a cancel, settles what is in hand, and gives back the rest', async () => {
      for (const text of numbers(4)) await suite.client.publish(text, 'cancel');
      const taken = await suite.client.consume('conf.cancel', { prefetch: 2, settle: false });
      await taken.until(2);
      await taken.consumer.cancel();
      taken.deliveries[0]!.settle();
      await taken.consumer.close();
      expect(taken.deliveries.length).toBe(2);
      expect(await (await suite.client.consume('conf.cancel')).until(3)).toEqual(['1', '2', '3']);
    });

    it('opens a channel again that the broker closed', async () => {
      const taken = await suite.client.consume('conf.channel', { settle: false });
      await suite.client.publish('a', 'channel');
      await taken.until(1);
      await suite.broker.dropChannels(suite.client.transport);
      await eventually(() => taken.lost === 1, PATIENCE);
      expect(await taken.until(2)).toEqual(['a', 'a']);
    });

    it('fails over in order to the next of single active consumers', async () => {
      await suite.broker.declare({ queues: [{ name: 'conf.single', singleActiveConsumer: true, bindings: [{ exchange: DIRECT, key: 'single' }] }] });
      const first = await suite.another();
      const active = await first.consume('conf.single', { prefetch: 2, settle: false });
      const waiting = await suite.client.consume('conf.single', { prefetch: 2 });
      for (const text of numbers(10)) await suite.client.publish(text, 'single');
      await active.until(2);
      active.deliveries[0]!.settle();
      await active.until(3);
      expect(waiting.texts).toEqual([]);
      await first.stop();
      expect(await waiting.until(9)).toEqual(numbers(10).slice(1));
    });

    it('takes higher priorities first, or keeps the order where there are none', async () => {
      await suite.broker.declare({ queues: [{ name: 'conf.priority', priorities: suite.broker.priorities, bindings: [{ exchange: DIRECT, key: 'priority' }] }] });
      const priorities = [0, 9, 4, 9, 1];
      for (const [index, priority] of priorities.entries()) await suite.client.publish(`${priority} ${index}`, 'priority', { priority });
      const texts = await (await suite.client.consume('conf.priority', { prefetch: 1 })).until(5);
      expect(texts).toEqual(suite.broker.priorities ? ['9 1', '9 3', '4 2', '1 4', '0 0'] : ['0 0', '9 1', '4 2', '9 3', '1 4']);
    });

    it('moves what has expired, with a note where it waited', async () => {
      await suite.broker.declare({
        exchanges: [{ name: 'conf.expired', type: 'fanout' }],
        queues: [
          { name: 'conf.short', ttlMs: 100, deadLetter: { exchange: 'conf.expired' }, bindings: [{ exchange: DIRECT, key: 'short' }] },
          { name: 'conf.lasting', deadLetter: { exchange: 'conf.expired' }, bindings: [{ exchange: DIRECT, key: 'lasting' }] },
          { name: 'conf.expired', bindings: [{ exchange: 'conf.expired', key: '' }] },
        ],
      });
      const expired = await suite.client.consume('conf.expired');
      await suite.client.publish('by its queue', 'short');
      await suite.client.publish('by itself', 'lasting', { expiresAt: new Date(Date.now() + 100) });
      await suite.client.publish('not at all', 'lasting');
      expect((await expired.until(2)).toSorted()).toEqual(['by its queue', 'by itself']);
      const deaths = expired.deliveries.map(({ body, headers }) => [body.toString(), headers['x-death']]);
      expect(Object.fromEntries(deaths)).toMatchObject({
        'by its queue': [{ queue: 'conf.short', reason: 'expired', count: 1 }], 'by itself': [{ queue: 'conf.lasting', reason: 'expired', exchange: DIRECT, 'routing-keys': ['lasting'] }],
      });
      expect(await suite.client.transport.counts('conf.lasting')).toMatchObject({ messages: 1 });
    });
  });
}
