/** What is known of a queue when its lag is told; times in milliseconds of one clock. */
export interface QueueTrail {
  /** Messages that wait. */
  depth: number;
  now: number;
  /** When the message that was delivered last had been published. */
  lastDeliveredAt: number | undefined;
  /** When the queue was last seen empty: all that waits came later. */
  emptyAt: number | undefined;
  /** When the queue was first looked at. */
  firstSeenAt: number;
}

/**
 * The age of the oldest waiting message at most, seconds, without taking it out of the queue: it came after the message
 * that was delivered last (queues are first in, first out; with priorities this holds for what is most urgent), and after
 * the queue was last seen empty. When neither is known it waits at least since the first look, which is told then.
 */
export function lagSeconds({ depth, now, lastDeliveredAt, emptyAt, firstSeenAt }: QueueTrail): number {
  if (depth === 0) return 0;
  const after = Math.max(lastDeliveredAt ?? -Infinity, emptyAt ?? -Infinity);
  return Math.max(0, now - (after === -Infinity ? firstSeenAt : after)) / 1_000;
}
