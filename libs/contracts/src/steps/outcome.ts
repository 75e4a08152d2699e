import { z } from 'zod';

/** How a step ended, or why it has not: the four outcomes, and `not_started` for what a failure, cancel or supersession kept from being sent. */
export const outcomeSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('done'),
    /** False when the server found nothing to change. */
    changed: z.boolean(),
    /** The live object as the API server answered; null after a delete that is complete. */
    live: z.record(z.string(), z.unknown()).nullable(),
  }),
  /** Sent, and something must happen first, e.g. finalizers of a deleted object. */
  z.object({ type: z.literal('waiting'), on: z.string(), since: z.iso.datetime() }),
  /** Will be tried again by k8s-sync itself. */
  z.object({ type: z.literal('retry'), at: z.iso.datetime(), try: z.number().int().positive(), reason: z.string(), message: z.string() }),
  /** A person or a new plan must act. */
  z.object({
    type: z.literal('stalled'),
    /** CamelCase: FieldConflict, StaleResourceVersion, Invalid, Refused, Forbidden, Unauthorized, NotFound, AlreadyExists, ClusterUnreachable... */
    reason: z.string(),
    message: z.string(),
    remedy: z.string(),
    causes: z.array(z.object({ field: z.string().optional(), message: z.string(), manager: z.string().optional() })).default([]),
  }),
  z.object({ type: z.literal('not_started'), reason: z.string(), message: z.string() }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;
