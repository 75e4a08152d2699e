import { describe, expect, it } from 'vitest';
import { type Movement, movementOf } from './movement.ts';

/** For how long the queue stands still after each look, seconds. */
function play(looks: [seconds: number, depth: number, lastDeliveredAt?: number, after?: number][]): number[] {
  let movement: Movement | undefined;
  return looks.map(([seconds, depth, lastDeliveredAt, after]) => {
    movement = movementOf(movement, { depth, lastDeliveredAt, after }, seconds);
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

  it('begins anew when another replica was delivered one', () => {
    expect(play([[0, 3, 1, 1], [5, 4, 1, 1], [10, 5, 1, 2], [15, 6, 1, undefined], [20, 7, 1, 2], [25, 8, 0, 2]])).toEqual([0, 5, 0, 5, 10, 0]);
  });

  it('is nothing while the queue is empty', () => {
    expect(play([[0, 0], [300, 0], [305, 1], [310, 1]])).toEqual([0, 0, 5, 10]);
  });
});
