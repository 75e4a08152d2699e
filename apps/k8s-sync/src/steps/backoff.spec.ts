import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

it('doubles up to fifteen seconds', () => {
  expect([1, 2, 3, 10].map((tries) => backoffMs(tries, null, 0.5))).toEqual([500, 1_000, 2_000, 15_000]);
});

it('spreads tries by a quarter each way', () => {
  expect([backoffMs(1, null, 0), backoffMs(1, null, 1)]).toEqual([375, 625]);
});

it('waits at least as long as the server asks', () => {
  expect(backoffMs(1, 7, 0.5)).toBe(7_000);
});

it('does not wait when none is asked', () => {
  expect(backoffMs(3, 0, 0.5)).toBe(0);
});
