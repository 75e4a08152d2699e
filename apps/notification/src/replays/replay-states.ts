import type { ReplayState } from '@heddle/contracts';

/**
 * How a replay goes on. `pending` until an owner has it; `running` while one has, through restarts and changes of owner.
 * The other three are final: everything was sent; it can't go on without a person; somebody took it back.
 */
export const REPLAY_TRANSITIONS: Readonly<Record<ReplayState, readonly ReplayState[]>> = {
  pending: ['running', 'failed', 'cancelled'],
  running: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The states from which a replay may come into `state`; for the condition of the update that does it. */
export function statesBefore(state: ReplayState): ReplayState[] {
  return (Object.keys(REPLAY_TRANSITIONS) as ReplayState[]).filter((before) => REPLAY_TRANSITIONS[before].includes(state));
}
