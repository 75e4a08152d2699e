import { describe, expect, it } from 'vitest';
import { type Movement, movementOf } from './movement.ts';

/** For how long the queue stands still after each look, seconds. */
function play(looks: [seconds: number, depth: number, lastDeliveredAt?: number][]): number[] {
  let movement: Movement | undefined;
  return looks.map(([seconds, depth, lastDeliveredAt]) => {
    movement = movementOf(movement, { depth, lastDeliveredAt }, seconds);
    return seconds - movement.movedAt;
  });
}

describe('movementOf', () => {
  it('counts the time in which none of those that wait is taken', () => {
    expect(play([[0, 3], [5, 3], [10, 4], [300, 4]])).toEqual([0, 5, 10, 300]);
  });

  it('begins anew with each delivery to this process', () => {
    expect(play([[0, 3, 1], [5, 3, 1], [10, 4, 2], [15, 4, 2]])).toEqual([0, 5, 0, 5]);
  });

  it('begins anew when another replica has taken some', () => {
    expect(play([[0, 3], [5, 3], [10, 2], [15, 2]])).toEqual([0, 5, 0, 5]);
  });

  it('is nothing while the queue is empty', () => {
    expect(play([[0, 0], [300, 0], [305, 1], [310, 1]])).toEqual([0, 0, 5, 10]);
  });
});
