import { z } from 'zod';
import { patchOf } from '../patch-of.ts';
import { objectRefSchema } from './object-ref.ts';

/** What is deleted only after a second person approved: what is physically there, and pools that everything draws on. */
const PROTECTED_KINDS = ['Switch', 'Connection', 'Gateway', 'IPv4Namespace', 'VLANNamespace'] as const;

/**
 * How much one change may delete before a second person has to approve it. Past either limit, or touching what is
 * protected, all deletes of the change wait. Replacing an object counts as deleting it.
 */
export const deleteBudgetSchema = z.object({
  maxDeletes: z.number().int().min(0).max(100_000).default(10),
  /** Of the objects that Heddle manages in the fabric; counts from the fourth delete on. */
  maxDeletePercent: z.number().min(0).max(100).default(30),
  protectedKinds: z.array(z.string().min(1).max(63)).max(50).default([...PROTECTED_KINDS]),
  protectedObjects: z.array(objectRefSchema).max(1_000).default([]),
});
export type DeleteBudget = z.infer<typeof deleteBudgetSchema>;

/** How plans of a fabric are carried out. */
export const planPolicySchema = z.object({
  budget: deleteBudgetSchema.default(() => deleteBudgetSchema.parse({})),
  /** Ask the API server by a dry run before the first write of each sync. */
  dryRun: z.boolean().default(false),
  /** How long a VPC is held back at most while Agents still carry one that was deleted; 0: no pause. */
  vniPauseSeconds: z.number().int().min(0).max(840).default(600),
});
export type PlanPolicy = z.infer<typeof planPolicySchema>;

/** A change to the policy; what is absent stays. */
export const planPolicyPatchSchema = z.object({
  budget: patchOf(deleteBudgetSchema).optional(),
  dryRun: z.boolean().optional(),
  vniPauseSeconds: planPolicySchema.shape.vniPauseSeconds.unwrap().optional(),
});
export type PlanPolicyPatch = z.infer<typeof planPolicyPatchSchema>;
