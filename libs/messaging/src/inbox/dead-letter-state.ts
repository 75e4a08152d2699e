import type { DeadLetterState } from '@heddle/contracts';

/** What happens to a dead letter. */
export type DeadLetterAct = 'replay' | 'fail' | 'edit' | 'discard';

/**
 * A dead letter waits until a person closes it: it is handled after all, another message takes its place, or it is given up
 * for good. A replay that fails leaves it dead. What is closed stays closed: a second replay would at best do nothing.
 */
const MOVES: Readonly<Record<DeadLetterState, Partial<Record<DeadLetterAct, DeadLetterState>>>> = {
  dead: { replay: 'replayed', fail: 'dead', edit: 'edited', discard: 'discarded' },
  replayed: {},
  edited: {},
  discarded: {},
};

/** The state after an act; absent when the act is not possible. */
export function stateAfter(state: DeadLetterState, act: DeadLetterAct): DeadLetterState | undefined {
  return MOVES[state][act];
}
