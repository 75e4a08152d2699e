import type { DeadLetterProgress } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { mergeProgress, readCursors } from './merge-progress.ts';

const progress = (more: Partial<DeadLetterProgress>) => ({ done: 0, failed: 0, skipped: 0, remaining: 0, outcomes: [], next: null, ...more });

describe('mergeProgress', () => {
  it('adds up what the services did', () => {
    const merged = mergeProgress([{ service: 'fabric', progress: progress({ done: 3, failed: 1 }) }, { service: 'git-sync', progress: progress({ done: 2, skipped: 4 }) }], true);
    expect(merged).toMatchObject({ done: 5, failed: 1, skipped: 4, remaining: 0, next: null, unreachable: [] });
  });

  it('goes on in the services that are not done', () => {
    const { next, remaining } = mergeProgress([{ service: 'fabric', progress: progress({ next: 'f1', remaining: 7 }) }, { service: 'git-sync', progress: progress({ done: 2 }) }], true);
    expect(remaining).toBe(7);
    expect(readCursors(next!)).toEqual({ fabric: 'f1' });
  });

  it('keeps the place of a service that did not answer', () => {
    const { next, unreachable } = mergeProgress([{ service: 'fabric', error: 'it is not running', cursor: 'f1' }, { service: 'k8s-sync', error: 'it is not running', cursor: null }], true);
    expect(unreachable).toHaveLength(2);
    expect(readCursors(next!)).toEqual({ fabric: 'f1', 'k8s-sync': null });
  });

  it('has nothing to go on with for named ones', () => {
    expect(mergeProgress([{ service: 'fabric', error: 'it is not running', cursor: null }], false).next).toBeNull();
  });
});

describe('readCursors', () => {
  it.each(['', 'x', 'W10', Buffer.from('{"fabric":1}').toString('base64url')])('refuses %j', (cursor) => {
    expect(() => readCursors(cursor)).toThrow(expect.objectContaining({ code: 'VAL-002' }));
  });
});
