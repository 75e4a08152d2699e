import { z } from 'zod';
import { fieldChangeSchema } from '../diff.ts';
import { findingSchema } from '../finding.ts';
import { approvalStateSchema } from './approval.ts';
import { objectRefSchema } from './object-ref.ts';

/** What the API server said to a step without storing it. `not_possible`: it depends on what only the plan itself brings about. */
export const stepDryRunSchema = z.object({ state: z.enum(['running', 'passed', 'refused', 'failed', 'not_possible']), message: z.string() });
export type StepDryRun = z.infer<typeof stepDryRunSchema>;

export const planStepSchema = z.object({
  stepId: z.string(),
  action: z.enum(['create', 'update', 'delete', 'take_ownership', 'revert']),
  kind: z.string(),
  name: z.string(),
  dependsOn: z.array(z.string()),
  reason: z.string(),
  changes: z.array(fieldChangeSchema),
  preconditions: z.object({ uid: z.string().optional(), resourceVersion: z.string().optional() }),
  dryRun: stepDryRunSchema.optional(),
});
export type PlanStep = z.infer<typeof planStepSchema>;

/** How many, and the first of them by name. */
const countedSchema = z.object({ count: z.number(), names: z.array(z.string()) });

/** What a plan touches beyond the objects that it writes. */
export const blastRadiusSchema = z.object({
  /** `leaf-1 (server-leaf)` */
  switches: countedSchema,
  /** `leaf-1/E1/5` */
  ports: countedSchema,
  servers: countedSchema,
  /** `vpc-1 ↔ vpc-2`; an External stands as `ext.<name>`. */
  reachGained: countedSchema,
  reachLost: countedSchema,
  /** Pairs that keep their reach, in other terms. */
  reachChanged: countedSchema,
  /** `server-1: vpc-1/default` */
  attached: countedSchema,
  detached: countedSchema,
});
export type BlastRadius = z.infer<typeof blastRadiusSchema>;

/** What holds steps back in the middle of a plan, and until when. */
export const planGateSchema = z.object({
  gate: z.enum(['vni_pause']),
  /** `waits for Agents leaf-1, leaf-2 to drop VPC x` */
  message: z.string(),
  /** Ids of the steps that wait. */
  steps: z.array(z.string()),
});
export type PlanGate = z.infer<typeof planGateSchema>;

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
  /** Steps that go only when a second person has approved the plan: its deletes, and what depends on them. */
  held: z.array(planStepSchema).optional(),
  /** Why it needs an approval, and how that stands. */
  approval: z.object({ id: z.uuid().nullable(), state: approvalStateSchema, reasons: z.array(z.string()) }).nullable().optional(),
  gates: z.array(planGateSchema).optional(),
  blastRadius: blastRadiusSchema.nullable().optional(),
  dryRun: z.object({ state: z.enum(['running', 'passed', 'refused', 'failed']), message: z.string() }).nullable().optional(),
});
export type PlanView = z.infer<typeof planViewSchema>;

export const makePlanSchema = z.object({
  /** Only these objects; absent: all. */
  objects: z.array(objectRefSchema).max(1_000).optional(),
  /** Overrules the fabric's prune switch for this plan. */
  prune: z.boolean().optional(),
  /** Where a field can't be changed: delete the object and make it again. An outage of what it carries. */
  replace: z.boolean().optional(),
  /** Also ask the API server, without storing anything. */
  dryRun: z.boolean().optional(),
});

/** `json` is the plan itself. */
export const planFormatSchema = z.enum(['json', 'text', 'markdown']);
/** A plan for people to read. */
export const planTextFormatSchema = planFormatSchema.exclude(['json']);
