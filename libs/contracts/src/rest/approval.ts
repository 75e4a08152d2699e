import { z } from 'zod';
import { actorSchema } from '../envelope/actor.ts';
import { objectRefSchema } from './object-ref.ts';

/**
 * `pending`: waits for a second person. `approved`: the deletes may go, until it expires. `used`: an operation carries
 * them out. `superseded`: Git or one of the objects moved on, so that it says nothing any more.
 */
export const approvalStateSchema = z.enum(['pending', 'approved', 'used', 'rejected', 'expired', 'superseded']);
export type ApprovalState = z.infer<typeof approvalStateSchema>;

/** Deletes of a plan that are past the fabric's budget, and what a second person said to them. */
export const approvalViewSchema = z.object({
  id: z.uuid(),
  fabricId: z.uuid(),
  fabric: z.string(),
  planId: z.uuid(),
  /** Of the plan; an approval names it. */
  hash: z.string(),
  state: approvalStateSchema,
  /** Why it is needed, one sentence each. */
  reasons: z.array(z.string()),
  deletes: z.array(objectRefSchema),
  /** Who asked for the plan or the sync: none of them may approve. */
  requestedBy: z.array(actorSchema),
  /** Author of the commit, who may not approve either. */
  author: z.object({ name: z.string(), email: z.string() }).nullable(),
  requestedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  decidedBy: actorSchema.nullable(),
  decidedAt: z.iso.datetime().nullable(),
  /** What the second person said. */
  reason: z.string().nullable(),
  /** The operation that an approval started. */
  operationId: z.uuid().nullable(),
});
export type ApprovalView = z.infer<typeof approvalViewSchema>;

export const approveSchema = z.object({
  /** Of the plan as the approver saw it. */
  hash: z.string().min(1),
  reason: z.string().max(1_000).optional(),
});

export const rejectSchema = z.object({ reason: z.string().min(1).max(1_000) });
