import type { DriftView } from '@heddle/contracts';
import { StateMachine } from './state-machine.ts';

/** A drift ends by convergence, by a revert or because Git changed; the next one of the same object is a new drift. */
export const driftMachine = new StateMachine<DriftView['state']>('drift', {
  open: ['reverting', 'resolved'],
  reverting: ['open', 'resolved'],
  resolved: [],
});
