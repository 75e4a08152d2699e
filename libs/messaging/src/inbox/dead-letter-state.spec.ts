import { deadLetterStateSchema } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { type DeadLetterAct, stateAfter } from './dead-letter-state.ts';

const acts: readonly DeadLetterAct[] = ['replay', 'fail', 'edit', 'discard'];

describe('stateAfter', () => {
  it('answers for every pair of state and act', () => {
    const pairs = deadLetterStateSchema.options.flatMap((state) => acts.map((act) => `${state} ${act} ${stateAfter(state, act) ?? '-'}`));
    expect(pairs).toEqual([
      'dead replay replayed', 'dead fail dead', 'dead edit edited', 'dead discard discarded',
      'replayed replay -', 'replayed fail -', 'replayed edit -', 'replayed discard -',
      'edited replay -', 'edited fail -', 'edited edit -', 'edited discard -',
      'discarded replay -', 'discarded fail -', 'discarded edit -', 'discarded discard -',
    ]);
  });
});
