import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lagSeconds, publishedAfter } from './lag.ts';

const trail = { depth: 3, now: 100_000, after: undefined, firstSeenAt: 90_000 };

describe('lagSeconds', () => {
  it('is nothing where nothing waits', () => {
    expect(lagSeconds({ ...trail, depth: 0, after: 1 })).toBe(0);
  });

  it('counts from the message that was delivered last', () => {
    expect(lagSeconds({ ...trail, after: publishedAfter(40_000, undefined) })).toBe(60);
  });

  it('does not count the time in which the queue was empty', () => {
    expect(lagSeconds({ ...trail, after: publishedAfter(0, 98_000) })).toBe(2);
  });

  it('counts from the first look when nothing was ever delivered', () => {
    expect(lagSeconds({ ...trail, after: publishedAfter(undefined, undefined) })).toBe(10);
  });

  it('is never negative when clocks differ', () => {
    expect(lagSeconds({ ...trail, after: 200_000 })).toBe(0);
  });

  it('is never below the age of the oldest message', () => {
    // A first-in first-out queue played through: messages published at rising times, taken from the front, looked at now and then.
    fc.assert(fc.property(fc.array(fc.constantFrom('publish', 'take', 'look'), { maxLength: 40 }), (steps) => {
      const waiting: number[] = [];
      let lastDeliveredAt: number | undefined;
      let emptyAt: number | undefined = 0;
      steps.forEach((step, index) => {
        const now = (index + 1) * 1_000;
        if (step === 'publish') waiting.push(now);
        if (step === 'take') lastDeliveredAt = waiting.shift() ?? lastDeliveredAt;
        if (step === 'look' && waiting.length === 0) emptyAt = now;
        const oldest = waiting[0];
        if (oldest !== undefined) expect(lagSeconds({ depth: waiting.length, now, after: publishedAfter(lastDeliveredAt, emptyAt), firstSeenAt: 0 })).toBeGreaterThanOrEqual((now - oldest) / 1_000);
      });
    }));
  });
});
