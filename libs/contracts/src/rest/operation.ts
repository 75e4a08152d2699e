import { z } from 'zod';
import { waitSchema } from './wait.ts';
import { objectRefSchema } from './object-ref.ts';

export const operationStateSchema = z.enum(['pending', 'in_progress', 'completed', 'failed', 'cancelled', 'superseded']);
export type OperationState = z.infer<typeof operationStateSchema>;

export const startSyncSchema = z.object({
  /** Carry out this plan; refused with a conflict when it is superseded. Absent: a plan is made. */
  planId: z.uuid().optional(),
  objects: z.array(objectRefSchema).max(1_000).optional(),
  prune: z.boolean().optional(),
  /** Where a field can't be changed: delete the object and make it again. */
  replace: z.boolean().optional(),
});

export const operationViewSchema = z.object({
  id: z.uuid(),
  fabricId: z.uuid(),
  number: z.number(),
  type: z.enum(['sync', 'revert']),
  trigger: z.enum(['manual', 'automatic', 'self_heal']),
  actor: z.object({ type: z.string(), id: z.string(), name: z.string().optional() }),
  planId: z.uuid().nullable(),
  commit: z.string().nullable(),
  state: operationStateSchema,
  reason: z.string(),
  message: z.string(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  deadline: z.iso.datetime(),
  /** Who sees to it now, by a name that an operator knows: `fabric` until its steps are sent, then `k8s-sync`. Null when it is over. */
  owner: z.string().nullable().optional(),
  /** The last sign of life: its start, or the last outcome of a step. */
  heartbeatAt: z.iso.datetime().nullable().optional(),
  /** What it waits for as a whole: the one before it, or the first thing that keeps a step of it. Null: it runs, or is over. */
  wait: waitSchema.nullable().optional(),
  counts: z.object({
    total: z.number(), done: z.number(), unchanged: z.number(), waiting: z.number(), retrying: z.number(), stalled: z.number(), notStarted: z.number(),
    /** Objects of the operation that are on the switches. */
    converged: z.number(),
  }),
  steps: z.array(z.object({
    stepId: z.string(), action: z.string(), kind: z.string(), name: z.string(),
    /** planned, sent, or the outcome's type. */
    state: z.string(),
    attempt: z.number(),
    reason: z.string(),
    message: z.string(),
    remedy: z.string().nullable(),
    at: z.iso.datetime().nullable(),
    /** What it waits for; null: it is under way, or over. */
    wait: waitSchema.nullable().optional(),
  })),
});
export type OperationView = z.infer<typeof operationViewSchema>;
/** In lists, without steps. */
export const operationSummarySchema = operationViewSchema.omit({ steps: true });
export type OperationSummary = z.infer<typeof operationSummarySchema>;
