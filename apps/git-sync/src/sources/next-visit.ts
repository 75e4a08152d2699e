/** What decides when a repository is contacted next. Times in milliseconds. */
export interface VisitFacts {
  now: number;
  wanted: boolean;
  lastCheckedAt: number | null;
  nextTryAt: number | null;
  pollMs: number;
  /** Fabrics that read it. */
  readers: number;
}

/** A repository that nobody reads is looked at once a day, to tell early that its credentials ran out. */
const UNREAD_POLL_MS = 24 * 3_600_000;
const LONGEST_BACKOFF_MS = 300_000;

/** Milliseconds until the next contact; a pause after failures is kept even when somebody wants it sooner. */
export function untilNextVisit(facts: VisitFacts): number {
  const { now, wanted, lastCheckedAt, nextTryAt, pollMs, readers } = facts;
  if (nextTryAt !== null) return Math.max(0, nextTryAt - now);
  if (wanted || lastCheckedAt === null) return 0;
  return Math.max(0, lastCheckedAt + (readers > 0 ? pollMs : UNREAD_POLL_MS) - now);
}

/** Pause after `failures` failed contacts in a row: doubles, up to five minutes, less up to a tenth of it by chance. */
export function pauseAfter(failures: number, firstMs: number, random: number): number {
  const pause = Math.min(firstMs * 2 ** Math.min(failures - 1, 20), Math.max(LONGEST_BACKOFF_MS, firstMs));
  return Math.round(pause * (1 - random * 0.1));
}
