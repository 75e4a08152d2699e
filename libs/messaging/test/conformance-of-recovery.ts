import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@heddle/testing';
import { describe, expect, it } from 'vitest';
import type { PublishOutcome } from '../src/broker/confirm-publisher.ts';
import { type ConformanceSuite, numbers, PATIENCE } from './conformance-client.ts';

/** A broker in an alarm, cut off, crashed: nothing that it confirmed is lost. */
export function recoveryConforms(suite: ConformanceSuite): void {
  describe('a broker in need', () => {
    it('takes no messages in an alarm, and acknowledgements all the same', { timeout: 120_000 }, async () => {
      const taken = await suite.client.consume('conf.alarm', { settle: false });
      await suite.client.publish('before', 'alarm');
      await taken.until(1);
      await suite.broker.alarm(true);
      let outcome: PublishOutcome | undefined;
      const answered = suite.client.publish('during', 'alarm').then((each) => { outcome = each; });
      await eventually(() => suite.client.publisher.free === 0 && suite.client.transport.fault?.includes('blocked') === true, PATIENCE);
      expect(outcome).not.toBe('confirmed');
      taken.deliveries[0]!.settle();
      await taken.consumer.close();
      await eventually(async () => (await suite.client.transport.counts('conf.alarm'))?.messages === 0, PATIENCE);
      await suite.broker.alarm(false);
      await answered;
      // A publisher may have given up waiting: what became of the message is then unknown, and it is sent again.
      if (outcome !== 'confirmed') await suite.client.deliver('during', 'alarm');
      taken.consumer.start();
      expect(new Set((await taken.until(2)).slice(1))).toEqual(new Set(['during']));
      expect(suite.client.transport.fault).toBeUndefined();
    });

    /** Publishes with what goes wrong meanwhile, and tells what came to a consumer that was there all the time. */
    const underLoad = async (key: string, count: number, trouble: (progress: (published: number) => Promise<unknown>) => Promise<void>) => {
      const taken = await (await suite.another()).consume(`conf.${key}`, { prefetch: 20 });
      let published = 0;
      const publishing = (async () => {
        for (const text of numbers(count)) {
          await suite.client.deliver(text, key);
          published += 1;
        }
      })();
      await trouble((wanted) => eventually(() => published >= wanted, { timeout: 60_000 }));
      await publishing;
      await eventually(() => new Set(taken.texts).size >= count, { timeout: 60_000 });
      return taken;
    };

    it('loses nothing confirmed when connections are cut', { timeout: 180_000 }, async () => {
      const taken = await underLoad('cut', 120, async (progress) => {
        for (const wanted of [20, 60, 100]) {
          await progress(wanted);
          await suite.broker.dropConnections();
        }
      });
      expect([...new Set(taken.texts)].toSorted()).toEqual(numbers(120).toSorted());
      expect(taken.lost).toBeGreaterThan(0);
    });

    it('loses nothing confirmed in a crash, and is consumed again by itself', { timeout: 240_000 }, async () => {
      await delay(Math.max(0, suite.broker.registerFlushMs - (performance.now() - suite.declaredAt)));
      for (const text of numbers(5)) await suite.client.deliver(text, 'kept');
      const taken = await underLoad('restart', 200, async (progress) => {
        await progress(80);
        await suite.broker.restart();
      });
      expect([...new Set(taken.texts)].toSorted()).toEqual(numbers(200).toSorted());
      expect(taken.lost).toBeGreaterThan(0);
      expect(await (await suite.client.consume('conf.kept')).until(5)).toEqual(numbers(5));
    });
  });
}
