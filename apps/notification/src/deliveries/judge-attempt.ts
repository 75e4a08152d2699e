/** What came of one try of a delivery. */
export interface Attempt {
  at: string;
  /** HTTP status; null when there was no answer. */
  status: number | null;
  message: string;
  milliseconds: number;
}

export type Verdict =
  | { type: 'delivered' }
  | { type: 'again'; afterSeconds: number }
  | { type: 'failed' }
  /** The receiver is gone for good: the subscription is switched off. */
  | { type: 'disable' };

/**
 * Decides after a try: 2xx is delivered, 410 ends the subscription, anything else is tried again after the configured
 * waits, later when Retry-After says so (at most an hour).
 * @param tries number of tries so far, this one included.
 */
export function judgeAttempt(status: number | null, retryAfterSeconds: number | null, tries: number, waits: readonly number[]): Verdict {
  if (status !== null && status >= 200 && status < 300) return { type: 'delivered' };
  if (status === 410) return { type: 'disable' };
  const wait = waits[tries - 1];
  if (wait === undefined) return { type: 'failed' };
  return { type: 'again', afterSeconds: Math.max(wait, Math.min(retryAfterSeconds ?? 0, 3_600)) };
}

/** Retry-After in seconds: a number or an HTTP date. */
export function retryAfterOf(header: string | string[] | undefined, now: Date): number | null {
  const value = Array.isArray(header) ? header[0] : header;
  if (!value) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1_000));
}
