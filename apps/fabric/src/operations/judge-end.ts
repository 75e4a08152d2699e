import type { OperationState } from '@heddle/contracts';
import { causeOf, TAKEN_BACK } from './causes.ts';
import type { StepRow } from './step-store.ts';

export interface End {
  state: Extract<OperationState, 'completed' | 'failed' | 'cancelled' | 'superseded'>;
  reason: string;
  message: string;
  /** Whether the same may work when it is tried again. */
  mayPass: boolean;
  /** What a person can do, or has to when it can't pass; null: nothing. */
  remedy: string | null;
}

type EndedStep = Pick<StepRow, 'state' | 'kind' | 'name' | 'action' | 'reason' | 'message' | 'remedy'>;

/** How an operation ended, from its steps; `cancelled`: somebody took back what was left. The step that needs a person is the one that is named. */
export function judgeEnd(steps: readonly EndedStep[], cancelled: boolean): End {
  const left = steps.filter(({ state }) => state === 'not_started');
  // Who cancels does not wait for finalizers: the delete was accepted, and the object goes when they are released.
  const stalled = steps.filter(({ state, reason }) => state === 'stalled' && !(cancelled && reason === 'FinalizersRemain'));
  const blocker = stalled.find(({ reason }) => !causeOf(reason)?.passes) ?? stalled[0] ?? left.find(({ reason }) => !TAKEN_BACK.has(reason) && reason !== 'DependencyFailed') ?? left[0];
  const over = { mayPass: false, remedy: null };
  if (cancelled && stalled.length === 0 && steps.some(({ state }) => state !== 'done')) return { ...over, state: 'cancelled', reason: 'Cancelled', message: `${left.length} step(s) were taken back.` };
  if (!blocker) return { ...over, state: 'completed', reason: steps.length === 0 ? 'NothingToDo' : 'Done', message: steps.length === 0 ? 'Nothing had to be done.' : `All ${steps.length} step(s) are done.` };
  if (stalled.length === 0 && left.every(({ reason }) => TAKEN_BACK.has(reason) || reason === 'DependencyFailed') && left.some(({ reason }) => reason === 'Superseded')) {
    return { ...over, state: 'superseded', reason: 'RevisionSuperseded', message: `${left.length} step(s) were taken back: Git asks for something else by now.` };
  }
  const rest = stalled.length + left.length - 1;
  const message = `${blocker.action} ${blocker.kind} ${blocker.name}: ${blocker.message}${rest > 0 ? ` (and ${rest} more)` : ''}`;
  const mayPass = stalled.length > 0 ? stalled.some(({ reason }) => causeOf(reason)?.passes ?? false) : causeOf(blocker.reason)?.passes ?? false;
  return { state: 'failed', reason: blocker.reason, message, mayPass, remedy: blocker.remedy ?? causeOf(blocker.reason)?.remedy ?? 'Look at the message, and sync again when its cause is gone.' };
}

const FIRST_MS = 5_000;
const LONGEST_MS = 600_000;

/**
 * When a failed automatic sync is tried again: after about 5 s, 10 s ... 10 min, with jitter downward to the half, so that fabrics
 * which failed together do not come back together; a plan that was merely outdated after 1 s.
 * @param tries failed in a row before this one @param random 0..1
 */
export function retryDelayMs(end: Pick<End, 'reason'>, tries: number, random: number): number {
  if (tries === 0 && (end.reason === 'StaleResourceVersion' || end.reason === 'AlreadyExists')) return 1_000;
  return Math.min(FIRST_MS * 2 ** Math.min(tries, 20), LONGEST_MS) * (1 - random / 2);
}
