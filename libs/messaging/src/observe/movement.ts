import { publishedAfter } from './lag.ts';

/** How a queue was last seen to move; times in milliseconds of one clock. */
export interface Movement {
  /** Messages that waited at the last look. */
  depth: number;
  /** When the message that was delivered last to this process had been published. */
  lastDeliveredAt: number | undefined;
  /** The latest moment after which all that waits was published, as far as any replica knows: it rises with what others are delivered. */
  after: number | undefined;
  /** When one was last taken or none waited, as far as looks tell. */
  movedAt: number;
}

/**
 * The movement after another look. One was taken where a replica was delivered one, or fewer wait than before; what others
 * take while nothing is known of them shows with the next look at which fewer wait.
 */
export function movementOf(before: Movement | undefined, { depth, lastDeliveredAt, after: known }: Omit<Movement, 'movedAt'>, now: number): Movement {
  // What the others know can't be had at every look: what was known once stays known.
  const after = publishedAfter(before?.after, known);
  const stands = before !== undefined && depth > 0 && depth >= before.depth && lastDeliveredAt === before.lastDeliveredAt && after === before.after;
  return { depth, lastDeliveredAt, after, movedAt: stands ? before.movedAt : now };
}
