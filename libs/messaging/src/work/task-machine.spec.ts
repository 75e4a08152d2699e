import { describe, expect, it } from 'vitest';
import { stateAfter, statesBefore, TASK_STATES, TASK_TRANSITIONS, type TaskEvent, type TaskState } from './task-machine.ts';

const EVENTS: TaskEvent[] = ['start', 'finish', 'put_back', 'give_up', 'cancel', 'discard', 'retry'];
const allowed: Record<TaskEvent, [TaskState[], TaskState]> = {
  start: [['waiting'], 'running'],
  finish: [['running'], 'done'],
  put_back: [['running'], 'waiting'],
  give_up: [['running'], 'failed'],
  cancel: [['waiting', 'running'], 'cancelled'],
  discard: [['failed'], 'cancelled'],
  retry: [['failed', 'cancelled'], 'waiting'],
};

describe('the states of a task', () => {
  it.each(TASK_STATES.flatMap((state) => EVENTS.map((event) => ({ state, event }))))('$event of one that is $state', ({ state, event }) => {
    const [before, after] = allowed[event];
    expect(TASK_TRANSITIONS[state][event]).toBe(before.includes(state) ? after : null);
  });

  it.each(EVENTS)('%s leads to one state', (event) => {
    expect(statesBefore(event)).toEqual(allowed[event][0]);
    expect(stateAfter(event)).toBe(allowed[event][1]);
  });

  it('what is done stays done', () => {
    expect(Object.values(TASK_TRANSITIONS.done).every((next) => next === null)).toBe(true);
  });
});
