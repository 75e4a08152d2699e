import { describe, expect, it } from 'vitest';
import { pauseAfter, untilNextVisit } from './next-visit.ts';

const facts = { now: 100_000, wanted: false, lastCheckedAt: 90_000, nextTryAt: null, pollMs: 60_000, readers: 1 };

describe('untilNextVisit', () => {
  it('waits for the rest of the poll interval', () => {
    expect(untilNextVisit(facts)).toBe(50_000);
  });

  it('goes at once when it is wanted or was never checked', () => {
    expect(untilNextVisit({ ...facts, wanted: true })).toBe(0);
    expect(untilNextVisit({ ...facts, lastCheckedAt: null })).toBe(0);
  });

  it('keeps the pause after a failure', () => {
    expect(untilNextVisit({ ...facts, wanted: true, nextTryAt: 103_000 })).toBe(3_000);
  });

  it('looks once a day at what nobody reads', () => {
    expect(untilNextVisit({ ...facts, readers: 0 })).toBeGreaterThan(86_000_000);
  });
});

describe('pauseAfter', () => {
  it('doubles up to five minutes', () => {
    expect([1, 2, 3, 20, 5_000].map((failures) => pauseAfter(failures, 5_000, 0))).toEqual([5_000, 10_000, 20_000, 300_000, 300_000]);
    expect(pauseAfter(1, 5_000, 1)).toBe(4_500);
  });
});
