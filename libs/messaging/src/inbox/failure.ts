import { describeError, HeddleError } from '@heddle/platform';

/** Waits between the attempts at a message, milliseconds; after the last one it is dead. */
export const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [5_000, 30_000, 300_000];

/** What is done with a message that could not be handled. */
export type Failure =
  | { state: 'parked'; reason: string; message: string; delayMs: number }
  | { state: 'dead'; reason: string; message: string };

/**
 * Decides by the error and the number of failed attempts: an error that no retry helps is dead at once, any other after
 * the delays are used up. An error that says nothing of itself may pass, so it is tried again.
 * @param attempts how often it was tried, this time included
 */
export function judgeFailure(error: unknown, attempts: number, delaysMs: readonly number[]): Failure {
  const reason = error instanceof HeddleError ? error.code : 'unexpected';
  const message = describeError(error);
  const delayMs = delaysMs[attempts - 1];
  if (delayMs === undefined || (error instanceof HeddleError && !error.retryable)) return { state: 'dead', reason, message };
  return { state: 'parked', reason, message, delayMs };
}
