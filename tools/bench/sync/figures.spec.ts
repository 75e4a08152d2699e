import { expect, it } from 'vitest';
import { median, percentile, summarise } from './figures.ts';

it('takes the middle, or the mean of two', () => {
  expect([median([30, 1, 2]), median([4, 1, 2, 30])]).toEqual([2, 3]);
  expect(() => median([])).toThrow('no median');
});

it('takes the value that a share stays below', () => {
  const values = Array.from({ length: 20 }, (_, index) => 20 - index);
  expect([percentile(values, 0.5), percentile(values, 0.95), percentile([7], 0.95), percentile([7, 9], 0)]).toEqual([10, 19, 7, 7]);
  expect(() => percentile([], 0.5)).toThrow('no percentile');
});

it('compares medians with the first contestant', () => {
  const lines = summarise([
    { name: 'a', runs: [{ firstMs: 2_000, changesMs: [100, 300], checksMs: [50] }, { firstMs: 2_000, changesMs: [200], checksMs: [] }] },
    { name: 'b', runs: [{ firstMs: 6_000, changesMs: [1_000], checksMs: [100] }] },
    { name: 'c', runs: [{ firstMs: 2_000, changesMs: [200], checksMs: [] }] },
  ], 1_000);
  expect(lines).toEqual([
    { contestant: 'a', firstSeconds: 2, objectsPerSecond: 500, changeSeconds: 0.2, checkSeconds: 0.05, firstRatio: 1, changeRatio: 1, checkRatio: 1 },
    { contestant: 'b', firstSeconds: 6, objectsPerSecond: 1_000 / 6, changeSeconds: 1, checkSeconds: 0.1, firstRatio: 3, changeRatio: 5, checkRatio: 2 },
    { contestant: 'c', firstSeconds: 2, objectsPerSecond: 500, changeSeconds: 0.2, checkSeconds: null, firstRatio: 1, changeRatio: 1, checkRatio: null },
  ]);
});
