import { replayStateSchema } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { REPLAY_TRANSITIONS, statesBefore } from './replay-states.ts';

const allowed = new Set(['pending→running', 'pending→failed', 'pending→cancelled', 'running→completed', 'running→failed', 'running→cancelled']);
const states = replayStateSchema.options;

describe('the states of a replay', () => {
  it.each(states.flatMap((from) => states.map((to) => [from, to] as const)))('%s to %s is allowed or not', (from, to) => {
    expect(REPLAY_TRANSITIONS[from].includes(to)).toBe(allowed.has(`${from}→${to}`));
    expect(statesBefore(to).includes(from)).toBe(allowed.has(`${from}→${to}`));
  });
});
