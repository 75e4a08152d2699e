import { describeError, HeddleError } from '@heddle/platform';

/** Waits between the attempts at a message, milliseconds; after the last one it is dead. */
export const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [5_000, 30_000, 300_000];

interface Cause {
  /** The code of a HeddleError, `unexpected`, or a reason of the bus itself: schema, too-large, id-conflict, expired, ended-process, no-handler. */
  reason: string;
  message: string;
  /** Of an error that nobody expected. */
  stack?: string;
}

/** A message is given up. */
export type DeadFailure = Cause & { state: 'dead' };
/** A message is tried again. */
export type ParkedFailure = Cause & { state: 'parked'; delayMs: number };

/** What is done with a message that could not be handled. */
export type Failure = ParkedFailure | DeadFailure;

/**
 * Decides by the error and the number of failed attempts: an error that no retry helps is dead at once, any other after
 * the delays are used up. An error that says nothing of itself may pass, so it is tried again.
 * @param attempts how often it was tried, this time included
 */
export function judgeFailure(error: unknown, attempts: number, delaysMs: readonly number[]): Failure {
  const cause = causeOf(error);
  const delayMs = delaysMs[attempts - 1];
  if (delayMs === undefined || (error instanceof HeddleError && !error.retryable)) return { state: 'dead', ...cause };
  return { state: 'parked', ...cause, delayMs };
}

/** Gives up whatever the error says of retries: for a message that a person tried again. */
export function deadOf(error: unknown): DeadFailure {
  return { state: 'dead', ...causeOf(error) };
}

function causeOf(error: unknown): Cause {
  if (error instanceof HeddleError) return { reason: error.code, message: describeError(error) };
  const stack = error instanceof Error ? error.stack : undefined;
  return { reason: 'unexpected', message: describeError(error), ...(stack !== undefined && { stack }) };
}
