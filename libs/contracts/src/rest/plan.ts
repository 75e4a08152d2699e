import { z } from 'zod';
import { fieldChangeSchema } from '../diff.ts';
import { findingSchema } from '../finding.ts';

/** An object, named. */
export const objectRefSchema = z.object({ kind: z.string().min(1), name: z.string().min(1) });
export type ObjectRef = z.infer<typeof objectRefSchema>;

export const planStepSchema = z.object({
  stepId: z.string(),
  action: z.enum(['create', 'update', 'delete', 'take_ownership', 'revert']),
  kind: z.string(),
  name: z.string(),
  dependsOn: z.array(z.string()),
  reason: z.string(),
  changes: z.array(fieldChangeSchema),
  preconditions: z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() }),
});
export type PlanStep = z.infer<typeof planStepSchema>;

/** An immutable plan; its hash names exactly these steps on exactly these versions. */
export const planViewSchema = z.object({
  id: z.uuid(),
  fabricId: z.uuid(),
  hash: z.string(),
  type: z.enum(['sync', 'revert']),
  commit: z.string().nullable(),
  tree: z.string().nullable(),
  createdAt: z.iso.datetime(),
  /** `current` until desired or live moved on. */
  status: z.enum(['current', 'superseded']),
  counts: z.object({ create: z.number(), update: z.number(), delete: z.number(), unchanged: z.number(), withheld: z.number() }),
  steps: z.array(planStepSchema),
  /** What would be done but is kept back, and why: prune off, source held, errors, not ours. */
  withheld: z.array(objectRefSchema.extend({ action: z.string(), reason: z.string(), message: z.string() })),
  findings: z.array(findingSchema),
});
export type PlanView = z.infer<typeof planViewSchema>;

export const makePlanSchema = z.object({
  /** Only these objects; absent: all. */
  objects: z.array(objectRefSchema).max(1_000).optional(),
  /** Overrules the fabric's prune switch for this plan. */
  prune: z.boolean().optional(),
});
