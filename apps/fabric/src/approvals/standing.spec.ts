import type { ApprovalState } from '@heddle/contracts';
import { expect, it } from 'vitest';
import { standingOf } from './standing.ts';

const now = new Date('2026-01-01T00:00:00Z');
const [before, after] = [new Date(now.getTime() - 1), new Date(now.getTime() + 1)];

it.each<[Exclude<ApprovalState, 'expired'>, number, Date, ApprovalState]>([
  ['pending', 7, after, 'pending'], ['pending', 7, before, 'expired'], ['pending', 6, after, 'superseded'],
  ['approved', 7, after, 'approved'], ['approved', 7, now, 'expired'], ['approved', 6, before, 'superseded'],
  ['used', 6, before, 'used'], ['rejected', 6, before, 'rejected'],
])('takes %s of desired version %i until %s for %s', (state, desiredVersion, expiresAt, standing) => {
  expect(standingOf({ state, desiredVersion, expiresAt }, 7, now)).toBe(standing);
});
