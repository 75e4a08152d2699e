import type { OperationState } from '@heddle/contracts';
import { StateMachine } from './state-machine.ts';

/**
 * `pending` waits for the operation before it; a newer revision then supersedes it. Once in progress it always ends:
 * by its last outcome, by a cancel, or at its deadline.
 */
export const operationMachine = new StateMachine<OperationState>('operation', {
  pending: ['in_progress', 'failed', 'cancelled', 'superseded'],
  in_progress: ['completed', 'failed', 'cancelled', 'superseded'],
  completed: [],
  failed: [],
  cancelled: [],
  superseded: [],
});
