import { createHash } from 'node:crypto';

/** How many degrees of preference there are; more than replicas share a group, so that few are alike. */
const DEGREES = 64;

/**
 * How much a process wants to be the active consumer of a queue, 0 to 63: by a hash of both, so that processes which know
 * nothing of each other share the queues of a group about evenly, and one more takes only its part.
 */
export function preferenceOf(process: string, queue: string): number {
  return createHash('sha256').update(`${process} ${queue}`).digest().readUInt8(0) % DEGREES;
}
