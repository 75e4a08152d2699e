import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTask } from './define-task.ts';
import { assertPriority, WORK_QUEUES } from './work-queues.ts';

const given = { type: 'x.do', queue: 'micro' as const, payload: z.object({}), softLimitMs: 1_000, hardLimitMs: 2_000 };

describe('a type of tasks', () => {
  it('is tried four times unless it says otherwise', () => {
    expect(defineTask(given).retryDelaysMs).toEqual([5_000, 30_000, 300_000]);
    expect(defineTask({ ...given, retryDelaysMs: [] }).retryDelaysMs).toEqual([]);
  });

  it.each([[0, 1_000], [1_000, 1_000], [2_000, 1_000], [Number.NaN, 1_000]])('refuses limits of %d and %d ms', (softLimitMs, hardLimitMs) => {
    expect(() => defineTask({ ...given, softLimitMs, hardLimitMs })).toThrow('limits');
  });

  it('refuses an unknown queue', () => {
    expect(() => defineTask({ ...given, queue: 'other' as never })).toThrow("names the queue 'other'");
  });

  it('refuses a period whose payload needs something', () => {
    expect(() => defineTask({ ...given, payload: z.object({ id: z.string() }), everyMs: 60_000 })).toThrow('every');
    expect(() => defineTask({ ...given, everyMs: 10 })).toThrow('every');
  });
});

describe('the queues', () => {
  it('are the five with their numbers', () => {
    expect(Object.entries(WORK_QUEUES).map(([name, { concurrency, priority }]) => [name, concurrency, priority])).toEqual([
      ['scheduler', 1, 9], ['git', 4, 8], ['kubernetes', 3, 8], ['micro', 8, 9], ['orchestration', 2, 6],
    ]);
  });

  it.each([10, -1, 1.5, Number.NaN])('refuse the priority %d', (priority) => {
    expect(() => assertPriority(priority)).toThrow(RangeError);
  });
});
