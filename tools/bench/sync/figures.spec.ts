import { expect, it } from 'vitest';
import { median, summarise } from './figures.ts';

it('takes the middle, or the mean of two', () => {
  expect([median([30, 1, 2]), median([4, 1, 2, 30])]).toEqual([2, 3]);
  expect(() => median([])).toThrow('no median');
});

it('compares medians with the first contestant', () => {
  const lines = summarise([
    { name: 'a', runs: [{ firstMs: 2_000, changesMs: [100, 300] }, { firstMs: 2_000, changesMs: [200] }] },
    { name: 'b', runs: [{ firstMs: 6_000, changesMs: [1_000] }] },
  ], 1_000);
  expect(lines).toEqual([
    { contestant: 'a', firstSeconds: 2, objectsPerSecond: 500, changeSeconds: 0.2, firstRatio: 1, changeRatio: 1 },
    { contestant: 'b', firstSeconds: 6, objectsPerSecond: 1_000 / 6, changeSeconds: 1, firstRatio: 3, changeRatio: 5 },
  ]);
});
