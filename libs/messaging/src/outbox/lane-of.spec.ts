import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { LANES, laneOf } from './lane-of.ts';

describe('laneOf', () => {
  it('gives a key the same lane forever', () => {
    // Written down: rows of an older release must be found in the lane that they carry.
    expect([laneOf(''), laneOf('fabric'), laneOf('0f6c3a1e-1111-4222-8333-944455566677')]).toEqual([9, 8, 11]);
  });

  it('spreads keys over all lanes', () => {
    const counts = new Array<number>(LANES).fill(0);
    for (let index = 0; index < 16_000; index++) counts[laneOf(randomUUID())]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1_200);
  });
});
