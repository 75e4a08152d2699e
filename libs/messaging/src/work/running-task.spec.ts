import { Conflict, Unavailable } from '@heddle/platform';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineTask } from './define-task.ts';
import { retryAfterMs, RunningTask, SoftLimit, TaskLost } from './running-task.ts';

const type = (softLimitMs: number, hardLimitMs: number) => defineTask({ type: 'x.do', queue: 'micro', payload: z.object({}), softLimitMs, hardLimitMs });
const aborted = (task: RunningTask) => new Promise<unknown>((resolve) => {
  if (task.signal.aborted) resolve(task.signal.reason);
  task.signal.addEventListener('abort', () => resolve(task.signal.reason));
});

describe('one attempt', () => {
  it('is done when its work is', async () => {
    const task = new RunningTask('id', 1, type(10_000, 20_000), () => undefined);
    expect(await task.run(async () => undefined)).toEqual({ outcome: 'done', reason: '', message: '' });
    expect(() => task.assertOwned()).toThrow(TaskLost);
  });

  it('may end in good order at its soft limit', async () => {
    let warned = 0;
    const task = new RunningTask('id', 1, type(20, 20_000), () => { warned += 1; });
    expect(await task.run(async () => { expect(await aborted(task)).toBeInstanceOf(SoftLimit); })).toMatchObject({ outcome: 'done' });
    expect(warned).toBe(1);
  });

  it('is given up at its hard limit, whatever its work does', async () => {
    const task = new RunningTask('id', 1, type(10, 30), () => undefined);
    expect(await task.run(() => new Promise(() => undefined))).toMatchObject({ outcome: 'hard-limit', reason: 'HardLimit' });
    expect(() => task.assertOwned()).toThrow(TaskLost);
  });

  it('is lost at once when it is taken away', async () => {
    const task = new RunningTask('id', 1, type(10_000, 20_000), () => undefined);
    const run = task.run(() => new Promise(() => undefined));
    task.lose('cancelled');
    expect(await run).toMatchObject({ outcome: 'lost', message: expect.stringContaining('cancelled') });
    expect(task.signal.reason).toBeInstanceOf(TaskLost);
  });

  it('does not fail by the end of its process', async () => {
    const task = new RunningTask('id', 1, type(10_000, 20_000), () => undefined);
    const run = task.run(async () => { await aborted(task); throw new Error('broken off'); });
    task.stop();
    expect(await run).toMatchObject({ outcome: 'stopped' });
  });

  it.each([
    [new Conflict({ code: 'STATE-001', message: 'm', remedy: 'r' }), { outcome: 'failed', reason: 'STATE-001', isFinal: true }],
    [new Unavailable({ code: 'NET-001', message: 'm', remedy: 'r' }), { outcome: 'failed', reason: 'NET-001' }],
    [new Error('m'), { outcome: 'failed', reason: 'unexpected', message: 'm' }],
  ])('fails by what its work throws: %s', async (error, ending) => {
    const task = new RunningTask('id', 1, type(10_000, 20_000), () => undefined);
    expect(await task.run(async () => { throw error; })).toMatchObject(ending);
  });
});

describe('another attempt', () => {
  const ending = (outcome: Parameters<typeof retryAfterMs>[0]['outcome'], isFinal = false) => ({ outcome, reason: '', message: '', isFinal });
  it.each([
    [ending('failed'), 0, 10], [ending('failed'), 1, 20], [ending('failed'), 2, null], [ending('failed', true), 0, null],
    [ending('hard-limit'), 1, 20], [ending('lost'), 9, 0], [ending('stopped'), 9, 0],
  ])('after %o with %i failures before comes in %s ms', (given, failures, expected) => {
    expect(retryAfterMs(given, failures, [10, 20])).toBe(expected);
  });
});
