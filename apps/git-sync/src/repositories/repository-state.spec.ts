import { repositoryStateSchema } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { REPOSITORY_EVENTS, REPOSITORY_TRANSITIONS, statesAfterContact } from './repository-state.ts';

const STATES = repositoryStateSchema.options;
/** The moves that the field knows (pending → testing → connected | failed, and back by new credentials or addresses). */
const ALLOWED = new Set([
  'pending>testing', 'pending>pending', 'testing>testing', 'testing>connected', 'testing>failed', 'testing>pending',
  'connected>testing', 'connected>failed', 'connected>pending', 'failed>testing', 'failed>pending',
]);

describe('the state machine of a repository', () => {
  it.each(STATES.flatMap((state) => REPOSITORY_EVENTS.map((event) => [state, event] as const)))('makes an allowed move from %s by %s', (state, event) => {
    const next = REPOSITORY_TRANSITIONS[state][event];
    if (next !== null) expect(ALLOWED).toContain(`${state}>${next}`);
    if (event === 'address-changed') expect(next).toBe('pending');
    if (event === 'credentials-changed') expect(next).toBe('testing');
  });

  it('ends every contact in connected or failed, by allowed moves', () => {
    for (const state of STATES) {
      for (const reached of [true, false]) {
        const path = statesAfterContact(state, 'Old', { reached, reason: 'New' });
        const all = [state, ...path];
        all.slice(1).forEach((next, index) => expect(ALLOWED).toContain(`${all[index]}>${next}`));
        expect(all.at(-1)).toBe(reached ? 'connected' : 'failed');
      }
    }
  });

  it('says nothing new about the same failure', () => {
    expect(statesAfterContact('failed', 'TimedOut', { reached: false, reason: 'TimedOut' })).toEqual([]);
    expect(statesAfterContact('failed', 'TimedOut', { reached: false, reason: 'TlsUntrusted' })).toEqual(['testing', 'failed']);
    expect(statesAfterContact('connected', 'Connected', { reached: true, reason: 'Connected' })).toEqual([]);
  });
});
