import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.ts';

describe('Batcher', () => {
  it('hands over a full batch at once', () => {
    const batches: number[][] = [];
    const batcher = new Batcher<number>({ size: 2, waitMs: 60_000 }, async (items) => { batches.push(items); });
    batcher.add(1);
    expect(batches).toEqual([]);
    batcher.add(2);
    expect(batches).toEqual([[1, 2]]);
  });

  it('gathers while a batch is in hand', async () => {
    const batches: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const batcher = new Batcher<number>({ size: 3, waitMs: 1 }, async (items) => {
      batches.push(items);
      if (batches.length === 2) done.resolve();
      await gate.promise;
    });
    for (const item of [1, 2, 3, 4, 5]) batcher.add(item);
    expect(batches).toEqual([[1, 2, 3]]);
    gate.resolve();
    await done.promise;
    expect(batches).toEqual([[1, 2, 3], [4, 5]]);
  });

  it('hands over a lonely item after the wait', async () => {
    const { promise, resolve } = Promise.withResolvers<number[]>();
    new Batcher<number>({ size: 100, waitMs: 2 }, async (items) => resolve(items)).add(7);
    expect(await promise).toEqual([7]);
  });
});
