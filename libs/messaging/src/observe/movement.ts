/** How a queue was last seen to move; times in milliseconds of one clock. */
export interface Movement {
  /** Messages that waited at the last look. */
  depth: number;
  /** When the message that was delivered last to this process had been published. */
  lastDeliveredAt: number | undefined;
  /** When one was last taken or none waited, as far as looks tell. */
  movedAt: number;
}

/**
 * The movement after another look. One was taken where this process was delivered one, or fewer wait than before; what other
 * replicas take while more comes shows with the next look at which fewer wait.
 */
export function movementOf(before: Movement | undefined, { depth, lastDeliveredAt }: Omit<Movement, 'movedAt'>, now: number): Movement {
  const stands = before !== undefined && depth > 0 && depth >= before.depth && lastDeliveredAt === before.lastDeliveredAt;
  return { depth, lastDeliveredAt, movedAt: stands ? before.movedAt : now };
}
