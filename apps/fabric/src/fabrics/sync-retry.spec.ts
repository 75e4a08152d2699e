import { describe, expect, it } from 'vitest';
import { describeRetry, syncRetryOf } from './sync-retry.ts';

const at = new Date('2026-01-10T12:00:00Z');
const syncRetry = { try: 3, mayPass: true, remedy: 'Look at the load.' };

describe('syncRetryOf', () => {
  it('says when and which try', () => {
    const retry = syncRetryOf({ syncState: 'error', syncRetry, planDueAt: at });
    expect(retry).toEqual({ nextTryAt: at.toISOString(), try: 3, remedy: 'Look at the load.' });
    expect(describeRetry(retry!)).toBe('Try 3 at 2026-01-10T12:00:00.000Z. Look at the load.');
  });

  it('says that nothing is tried by itself', () => {
    expect(describeRetry(syncRetryOf({ syncState: 'error', syncRetry: { ...syncRetry, mayPass: false }, planDueAt: null })!)).toBe('It is not tried again by itself. Look at the load.');
  });

  it('is silent unless the last sync failed', () => {
    expect(syncRetryOf({ syncState: 'syncing', syncRetry, planDueAt: at })).toBeNull();
    expect(syncRetryOf({ syncState: 'error', syncRetry: null, planDueAt: at })).toBeNull();
  });
});
