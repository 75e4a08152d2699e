import { StateMachine } from './state-machine.ts';

/** State of a step: planned, sent to k8s-sync, or the type of its last outcome. */
export type StepState = 'planned' | 'sent' | 'waiting' | 'retry' | 'done' | 'stalled' | 'not_started';

/** Outcomes arrive in any order: a final one is never taken back by a late `waiting` or `retry`. */
export const stepMachine = new StateMachine<StepState>('step', {
  planned: ['sent', 'not_started'],
  sent: ['waiting', 'retry', 'done', 'stalled', 'not_started'],
  waiting: ['waiting', 'retry', 'done', 'stalled', 'not_started'],
  retry: ['waiting', 'retry', 'done', 'stalled', 'not_started'],
  done: [],
  stalled: [],
  not_started: [],
});
