import type { ClusterConnection } from '@heddle/contracts';
import { StateMachine } from './state-machine.ts';

/** A connection is proven only by a test: nothing becomes `connected` without passing through `testing`. */
export const connectionMachine = new StateMachine<ClusterConnection['state']>('connection', {
  unknown: ['testing'],
  testing: ['connected', 'failed'],
  connected: ['testing', 'failed'],
  failed: ['testing'],
});
