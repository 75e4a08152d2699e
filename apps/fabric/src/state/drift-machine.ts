import type { DriftView } from '@heddle/contracts';
import { StateMachine } from './state-machine.ts';

/**
 * `open` waits for a verdict, or for the policy of its kind. A snooze ends at its time or when the fields change, and may
 * be given again. A revert that does not put the object back leaves the drift open. A drift ends by convergence, by a
 * revert, because Git changed or because a rule ignores it; the next one of the same object is a new drift.
 * Adopting has its place between open and resolved, as reverting has, once there is write-back.
 */
export const driftMachine = new StateMachine<DriftView['state']>('drift', {
  open: ['reverting', 'snoozed', 'resolved'],
  reverting: ['open', 'resolved'],
  snoozed: ['open', 'reverting', 'snoozed', 'resolved'],
  resolved: [],
});
