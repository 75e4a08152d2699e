import { describe, expect, it } from 'vitest';
import { judgeAttempt, retryAfterOf } from './judge-attempt.ts';

describe('judgeAttempt', () => {
  it.each([
    [200, null, 1, { type: 'delivered' }], [204, null, 3, { type: 'delivered' }],
    [500, null, 1, { type: 'again', afterSeconds: 5 }], [500, null, 2, { type: 'again', afterSeconds: 30 }], [500, null, 3, { type: 'failed' }],
    [null, null, 1, { type: 'again', afterSeconds: 5 }], [302, null, 3, { type: 'failed' }],
    [429, 60, 1, { type: 'again', afterSeconds: 60 }], [503, 2, 1, { type: 'again', afterSeconds: 5 }], [503, 1e9, 1, { type: 'again', afterSeconds: 3_600 }],
    [410, null, 1, { type: 'disable' }],
  ] as const)('after HTTP %s with Retry-After %s at try %i answers %o', (status, retryAfter, tries, verdict) => {
    expect(judgeAttempt(status, retryAfter, tries, [5, 30])).toEqual(verdict);
  });
});

describe('retryAfterOf', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  it.each([['7', 7], ['Thu, 01 Jan 2026 00:00:30 GMT', 30], ['Wed, 31 Dec 2025 00:00:00 GMT', 0], ['soon', null], [undefined, null]])('reads %s as %s', (header, seconds) => {
    expect(retryAfterOf(header, now)).toBe(seconds);
  });
});
