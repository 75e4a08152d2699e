import { driftPolicySchema, verdictSchema } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { driftMachine } from '../state/drift-machine.ts';
import { driftPolicyOf } from './drift-policy.ts';
import { snoozeEnd, verdictRefusal } from './verdict-refusal.ts';

const drift = (state: 'open' | 'reverting' | 'snoozed' | 'resolved') => ({ kind: 'VPC', name: 'a', state });

describe('verdictRefusal', () => {
  it('takes what the machine and the policy allow, and nothing else', () => {
    for (const state of driftMachine.states) {
      for (const policy of driftPolicySchema.options) {
        for (const verdict of verdictSchema.options) {
          const allowed = verdict !== 'adopt' && driftMachine.allows(state, verdict === 'revert' ? 'reverting' : 'snoozed') && !(verdict === 'revert' && policy === 'observe_only');
          expect(verdictRefusal(drift(state), 'd', verdict, policy) === null, `${verdict} ${state} ${policy}`).toBe(allowed);
        }
      }
    }
  });

  it('says what adopting waits for', () => {
    expect(verdictRefusal(drift('open'), 'd', 'adopt', 'ask')).toMatchObject({ code: 'STATE-043', message: expect.stringContaining('comes with write-back') });
  });

  it('names policy, state and absence', () => {
    expect(['ask', 'observe_only'].map((policy) => verdictRefusal(drift('resolved'), 'd', 'revert', policy as 'ask')?.code)).toEqual(['STATE-001', 'STATE-042']);
    expect(verdictRefusal(undefined, 'd', 'snooze', 'ask')?.code).toBe('STATE-012');
  });
});

it('snoozes for at most a year, and not into the past', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  expect(snoozeEnd('2026-02-01T00:00:00+01:00', now).toISOString()).toBe('2026-01-31T23:00:00.000Z');
  for (const until of ['2026-01-01T00:00:00Z', '2025-12-31T00:00:00Z', '2027-01-03T00:00:00Z']) expect(() => snoozeEnd(until, now)).toThrow(/can't be snoozed/);
});

it('takes the policy of the kind before that of all, and self-heal last', () => {
  const of = (selfHeal: boolean, ...driftPolicies: Parameters<typeof driftPolicyOf>[0]['driftPolicies']) => driftPolicyOf({ selfHeal, driftPolicies }, 'VPC');
  expect([of(false), of(true), of(true, { policy: 'ask' }), of(true, { policy: 'ask' }, { kind: 'VPC', policy: 'observe_only' }), of(false, { kind: 'Switch', policy: 'observe_only' })])
    .toEqual(['ask', 'always_revert', 'ask', 'observe_only', 'ask']);
});
