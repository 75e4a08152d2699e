import type { RepositoryState } from '@heddle/contracts';

/** What can happen to a repository. */
export const REPOSITORY_EVENTS = ['test-started', 'reached', 'not-reached', 'address-changed', 'credentials-changed'] as const;
export type RepositoryEvent = (typeof REPOSITORY_EVENTS)[number];

/**
 * A repository is pending until somebody holding its lease contacts it: that is testing. The test, and every contact
 * after it, ends in connected or failed. A failed one is tested again when it is reached or fails for another reason.
 * A new address makes it pending, new credentials make it be tested, from any state.
 * Null: nothing changes (a connected one that is reached again), or can't happen without a test before.
 */
export const REPOSITORY_TRANSITIONS: Record<RepositoryState, Record<RepositoryEvent, RepositoryState | null>> = {
  pending: { 'test-started': 'testing', reached: null, 'not-reached': null, 'address-changed': 'pending', 'credentials-changed': 'testing' },
  testing: { 'test-started': 'testing', reached: 'connected', 'not-reached': 'failed', 'address-changed': 'pending', 'credentials-changed': 'testing' },
  connected: { 'test-started': 'testing', reached: null, 'not-reached': 'failed', 'address-changed': 'pending', 'credentials-changed': 'testing' },
  failed: { 'test-started': 'testing', reached: null, 'not-reached': null, 'address-changed': 'pending', 'credentials-changed': 'testing' },
};

/** The states that a repository goes through for the outcome of a contact, in order; empty when it stays as it is. */
export function statesAfterContact(state: RepositoryState, reason: string, outcome: { reached: boolean; reason: string }): RepositoryState[] {
  const event = outcome.reached ? 'reached' : 'not-reached';
  const direct = REPOSITORY_TRANSITIONS[state][event];
  if (direct !== null) return [direct];
  const settled = outcome.reached ? state === 'connected' : state === 'failed' && reason === outcome.reason;
  if (settled) return [];
  const testing = REPOSITORY_TRANSITIONS[state]['test-started']!;
  return [testing, REPOSITORY_TRANSITIONS[testing][event]!];
}
