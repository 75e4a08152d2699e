import type { OperationState } from '@heddle/contracts';
import type { StepRow } from './step-store.ts';

/** Causes that may pass by themselves; the others need a person or another revision. */
const MAY_PASS = new Set(['ClusterUnreachable', 'StaleResourceVersion', 'AlreadyExists', 'NotFound', 'Refused', 'DeadlinePassed', 'FinalizersRemain', 'WebhookUnavailable', 'Unauthorized', 'Forbidden', 'KindMissing', 'NamespaceMissing', 'TooManyRequests', 'ServerError', 'TimedOut']);

export interface End { state: Extract<OperationState, 'completed' | 'failed' | 'cancelled'>; reason: string; message: string; mayPass: boolean }

/** How an operation ended, from its steps; `cancelled`: somebody took back what was left. */
export function judgeEnd(steps: readonly Pick<StepRow, 'state' | 'kind' | 'name' | 'action' | 'reason' | 'message'>[], cancelled: boolean): End {
  const stalled = steps.filter(({ state }) => state === 'stalled');
  const left = steps.filter(({ state }) => state === 'not_started');
  const blocker = stalled[0] ?? left[0];
  if (!blocker) return { state: 'completed', reason: steps.length === 0 ? 'NothingToDo' : 'Done', message: steps.length === 0 ? 'Nothing had to be done.' : `All ${steps.length} step(s) are done.`, mayPass: false };
  if (cancelled && stalled.length === 0) return { state: 'cancelled', reason: 'Cancelled', message: `${left.length} step(s) were taken back.`, mayPass: false };
  const rest = stalled.length + left.length - 1;
  const message = `${blocker.action} ${blocker.kind} ${blocker.name}: ${blocker.message}${rest > 0 ? ` (and ${rest} more)` : ''}`;
  return { state: 'failed', reason: blocker.reason, message, mayPass: stalled.some(({ reason }) => MAY_PASS.has(reason)) || (stalled.length === 0 && MAY_PASS.has(blocker.reason)) };
}

const FIRST_MS = 5_000;
const LONGEST_MS = 600_000;

/** When a failed automatic sync is tried again: after 5 s, 10 s ... 10 min; a plan that was merely outdated at once. */
export function retryDelayMs(end: Pick<End, 'reason'>, tries: number): number {
  if (tries === 0 && (end.reason === 'StaleResourceVersion' || end.reason === 'AlreadyExists')) return 1_000;
  return Math.min(FIRST_MS * 2 ** tries, LONGEST_MS);
}
