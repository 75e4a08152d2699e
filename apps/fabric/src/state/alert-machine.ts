import type { AlertState } from '@heddle/contracts';
import { StateMachine } from './state-machine.ts';

/** What comes back soon after it was over is the same alert, reopened. A suppressed one is active again when its time or its cause is over. */
export const alertMachine = new StateMachine<AlertState>('alert', {
  active: ['acknowledged', 'suppressed', 'resolved'],
  reopened: ['acknowledged', 'suppressed', 'resolved'],
  acknowledged: ['suppressed', 'resolved'],
  suppressed: ['active', 'acknowledged', 'resolved'],
  resolved: ['reopened'],
});
