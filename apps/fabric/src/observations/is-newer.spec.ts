import { describe, expect, it } from 'vitest';
import { isNewer, isOlderVersion } from './is-newer.ts';

const now = new Date('2026-01-01T00:00:00Z');
const stored = { epoch: 2, sequence: 10, resourceVersion: '100', at: now };
const watch = (epoch: number, sequence: number, seconds = 1) => ({ type: 'watch' as const, epoch, sequence, observedAt: new Date(now.getTime() + seconds * 1_000) });

describe('isNewer', () => {
  it.each([
    ['a later sequence', watch(2, 11), '101', true],
    ['the same sequence', watch(2, 10), '101', false],
    ['an earlier sequence', watch(2, 9), '200', false],
    ['a later epoch with a low sequence', watch(3, 1), '101', true],
    ['an earlier epoch with a high sequence', watch(1, 99), '101', false],
    ['a later message that was on its way before our write', watch(2, 11), '99', false],
    ['a lower version long after, as from a restored server', watch(2, 11, 301), '50', true],
    ['an answer with a later version', { type: 'answer' as const }, '101', true],
    ['an answer that the watch has overtaken', { type: 'answer' as const }, '99', false],
  ])('decides on %s', (_what, sighting, version, newer) => expect(isNewer(sighting, version, stored)).toBe(newer));

  it('takes anything where nothing is stored', () => expect(isNewer(watch(0, 0), '1', undefined)).toBe(true));
});

it('compares versions as numbers only', () => {
  expect([isOlderVersion('9', '10'), isOlderVersion('10', '9'), isOlderVersion('abc', '10'), isOlderVersion('', '10'), isOlderVersion('9', null)]).toEqual([true, false, false, false, false]);
});
