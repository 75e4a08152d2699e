/** What is known of a queue when its lag is told; times in milliseconds of one clock. */
export interface QueueTrail {
  /** Messages that wait. */
  depth: number;
  now: number;
  /** See {@link publishedAfter}. */
  after: number | undefined;
  /** When the queue was first looked at. */
  firstSeenAt: number;
}

/**
 * The moment after which all that waits in a queue was published, of the moments that are known: what waits came after the
 * message that was delivered last, to whichever replica (queues are first in, first out; with priorities this holds for
 * what is most urgent), and after the queue was last seen empty. What comes back from a replica that ended is older by as
 * much as it had in hand.
 * @returns undefined when none is known
 */
export function publishedAfter(...known: readonly (number | undefined)[]): number | undefined {
  return known.reduce((latest, moment) => (latest === undefined || (moment !== undefined && moment > latest) ? moment : latest), undefined);
}

/**
 * The age of the oldest waiting message at most, seconds, without taking it out of the queue. Where nothing is known of
 * what came before it waits at least since the first look, which is told then.
 */
export function lagSeconds({ depth, now, after, firstSeenAt }: QueueTrail): number {
  return depth === 0 ? 0 : Math.max(0, now - (after ?? firstSeenAt)) / 1_000;
}
