import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Latest } from './latest.ts';

/** For how long it takes many values at its best, milliseconds. */
function timeOf(make: () => { add(value: number): unknown }): number {
  return Math.min(...[1, 2, 3].map(() => {
    const values = make();
    const begun = performance.now();
    for (let value = 0; value < 200_000; value++) values.add(value);
    return performance.now() - begun;
  }));
}

describe('the latest values', () => {
  it('are there until they are taken away', () => {
    const latest = new Latest<string>(2);
    for (const value of ['a', 'b', 'c']) latest.add(value);
    expect(['a', 'b', 'c'].map((value) => latest.has(value))).toEqual([true, true, true]);
    for (const value of ['a', 'c']) latest.delete(value);
    expect(['a', 'b', 'c'].map((value) => latest.has(value))).toEqual([false, true, false]);
  });

  it('are at least so many and at most twice', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.integer({ min: 0, max: 20 })), (least, added) => {
      const latest = new Latest<number>(least);
      for (const value of added) latest.add(value);
      const byAge = [...new Set(added.toReversed())];
      expect(byAge.slice(0, least).every((value) => latest.has(value))).toBe(true);
      expect(byAge.filter((value) => latest.has(value)).length).toBeLessThanOrEqual(least * 2);
    }));
  });

  it('are forgotten at the cost of being added', () => {
    expect(timeOf(() => new Latest<number>(50_000))).toBeLessThan(10 * timeOf(() => new Set<number>()));
  });
});
