import type { Step } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { chunkSteps } from './chunk-steps.ts';
import { judgeEnd, retryDelayMs } from './judge-end.ts';

const row = (state: 'done' | 'stalled' | 'not_started', reason = '') => ({ state, reason, kind: 'VPC', name: 'a', action: 'delete', message: 'said so', remedy: null });

describe('judgeEnd', () => {
  it('is completed when all is done', () => {
    expect(judgeEnd([], false)).toMatchObject({ state: 'completed', reason: 'NothingToDo' });
    expect(judgeEnd([row('done')], true)).toMatchObject({ state: 'completed' });
  });

  it('names the blocker, not what waited for it', () => {
    expect(judgeEnd([row('not_started', 'DependencyFailed'), row('stalled', 'Refused')], false)).toEqual({ state: 'failed', reason: 'Refused', message: 'delete VPC a: said so (and 1 more)', mayPass: true, remedy: expect.stringContaining('webhook') });
  });

  it.each([['FieldConflict', false], ['Invalid', false], ['Forbidden', false], ['NobodyKnows', false], ['ClusterUnreachable', true], ['TooManyRequests', true], ['ServerError', true], ['WebhookUnavailable', true], ['KindMissing', true], ['StaleResourceVersion', true]])('knows whether %s may pass', (reason, mayPass) => {
    expect(judgeEnd([row('stalled', reason)], false)).toMatchObject({ state: 'failed', mayPass, remedy: expect.stringMatching(/\./) });
  });

  it('names the step that needs a person before one that may pass, and tries again all the same', () => {
    expect(judgeEnd([row('stalled', 'ServerError'), { ...row('stalled', 'Invalid'), remedy: 'Correct spec.vlan.' }], false)).toMatchObject({ reason: 'Invalid', remedy: 'Correct spec.vlan.', mayPass: true });
  });

  it('is superseded when only newer revisions took steps back', () => {
    expect(judgeEnd([row('done'), row('not_started', 'Superseded'), row('not_started', 'DependencyFailed')], false)).toMatchObject({ state: 'superseded', mayPass: false });
    expect(judgeEnd([row('stalled', 'Invalid'), row('not_started', 'Superseded')], false)).toMatchObject({ state: 'failed' });
  });

  it('does not wait for finalizers once it is cancelled', () => {
    expect(judgeEnd([row('done'), row('stalled', 'FinalizersRemain')], true)).toMatchObject({ state: 'cancelled' });
    expect(judgeEnd([row('stalled', 'FinalizersRemain')], false)).toMatchObject({ state: 'failed', mayPass: true });
  });

  it('is cancelled when only a cancel stopped it', () => {
    expect(judgeEnd([row('done'), row('not_started', 'Cancelled')], true)).toMatchObject({ state: 'cancelled' });
    expect(judgeEnd([row('stalled', 'Invalid'), row('not_started', 'Cancelled')], true)).toMatchObject({ state: 'failed' });
  });
});

describe('retryDelayMs', () => {
  it('doubles up to ten minutes, with jitter down to the half', () => {
    expect([0, 1, 2, 20, 4_000].map((tries) => retryDelayMs({ reason: 'Refused' }, tries, 0))).toEqual([5_000, 10_000, 20_000, 600_000, 600_000]);
    expect(retryDelayMs({ reason: 'Refused' }, 3, 1)).toBe(20_000);
  });

  it('plans anew soon where the plan was merely outdated', () => {
    expect(retryDelayMs({ reason: 'StaleResourceVersion' }, 0, 0.5)).toBe(1_000);
  });
});

describe('chunkSteps', () => {
  const step = (bytes: number): Step => ({ stepId: 'x'.repeat(bytes), attempt: 1, action: 'create', target: { group: '', version: '', plural: '', kind: '', namespace: '', name: '' }, preconditions: {}, force: false, dependsOn: [] });

  it('keeps order, number and size', () => {
    const steps = Array.from({ length: 25 }, (_, at) => step(at * 10));
    const chunks = chunkSteps(steps, 10, 2_000);
    expect(chunks.flat()).toEqual(steps);
    for (const chunk of chunks) {
      expect(chunk.length).toBeLessThanOrEqual(10);
      expect(chunk.length === 1 || chunk.reduce((sum, each) => sum + JSON.stringify(each).length, 0) <= 2_000).toBe(true);
    }
  });

  it('lets a large step stand alone', () => {
    expect(chunkSteps([step(1), step(5_000), step(1)], 10, 2_000).map((chunk) => chunk.length)).toEqual([1, 1, 1]);
  });
});
