import type { TaskView } from '@heddle/contracts';

/**
 * `waiting`: its time has not come, or others go before. `running`: a process works on it, as its heartbeat says.
 * `done`, `failed` (given up), `cancelled` (taken back, or given up and then discarded): over; the last two may be tried again by a person.
 */
export type TaskState = TaskView['state'];

/** What moves a task. `put_back`: the attempt failed, or its process fell silent, and another is left; `give_up`: none is. */
export type TaskEvent = 'start' | 'finish' | 'put_back' | 'give_up' | 'cancel' | 'discard' | 'retry';

/** Where each event leads from each state; null: nowhere, it is refused or comes too late. */
export const TASK_TRANSITIONS: Readonly<Record<TaskState, Readonly<Record<TaskEvent, TaskState | null>>>> = {
  waiting: { start: 'running', finish: null, put_back: null, give_up: null, cancel: 'cancelled', discard: null, retry: null },
  running: { start: null, finish: 'done', put_back: 'waiting', give_up: 'failed', cancel: 'cancelled', discard: null, retry: null },
  done: { start: null, finish: null, put_back: null, give_up: null, cancel: null, discard: null, retry: null },
  failed: { start: null, finish: null, put_back: null, give_up: null, cancel: null, discard: 'cancelled', retry: 'waiting' },
  cancelled: { start: null, finish: null, put_back: null, give_up: null, cancel: null, discard: null, retry: 'waiting' },
};

export const TASK_STATES = Object.keys(TASK_TRANSITIONS) as readonly TaskState[];

/** The states in which an event moves a task: a statement names them in its WHERE, so that of two events at once one wins. */
export function statesBefore(event: TaskEvent): TaskState[] {
  return TASK_STATES.filter((state) => TASK_TRANSITIONS[state][event] !== null);
}

/** Where an event leads; the same from every state that allows it. */
export function stateAfter(event: TaskEvent): TaskState {
  const [before] = statesBefore(event);
  return TASK_TRANSITIONS[before!][event]!;
}
