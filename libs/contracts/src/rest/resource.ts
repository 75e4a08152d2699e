import { z } from 'zod';
import { driftFieldSchema, fieldChangeSchema } from '../diff.ts';
import { findingSchema } from '../finding.ts';
import { conditionSchema } from '../condition.ts';

/**
 * States of a resource. `applied` is in the API server but not on the switches; only `synced` is healthy.
 * `orphaned` lives without Heddle; `held` is desired as before, its document can't be read.
 */
export const resourceStateSchema = z.enum([
  'draft', 'superseded', 'committed', 'pending', 'applied', 'synced', 'failed', 'drifted', 'deleting', 'deleted', 'orphaned',
]);
export type ResourceState = z.infer<typeof resourceStateSchema>;

/** The three levels of an object. */
export const levelsSchema = z.object({
  git: z.enum(['present', 'held', 'absent']),
  apiServer: z.enum(['equal', 'different', 'absent', 'unknown']),
  switches: z.enum(['converged', 'pending', 'failed', 'unknown']),
});

export const resourceViewSchema = z.object({
  fabricId: z.uuid(),
  kind: z.string(),
  name: z.string(),
  state: resourceStateSchema,
  levels: levelsSchema,
  reason: z.string(),
  message: z.string(),
  /** Switches that are waited for, or failed. */
  switches: z.array(z.string()),
  path: z.string().nullable(),
  line: z.number().nullable(),
  findings: z.number(),
  /** Git and somebody else changed the same field differently; which, and who, is in `drift` of the detail. */
  conflict: z.boolean().optional(),
  since: z.iso.datetime(),
});
export type ResourceView = z.infer<typeof resourceViewSchema>;

export const historyEntrySchema = z.object({
  at: z.iso.datetime(),
  from: z.string().nullable(),
  to: z.string(),
  reason: z.string(),
  message: z.string(),
  actor: z.object({ type: z.string(), id: z.string(), name: z.string().optional() }).nullable(),
  commit: z.string().nullable(),
  operationId: z.uuid().nullable(),
});

/** How far one switch or gateway is with an object. */
export const switchStandingSchema = z.object({
  /** Agent or GatewayAgent. */
  kind: z.string(), name: z.string(),
  /** It must carry the object; false: it carries another version of it, or has to drop it. */
  concerned: z.boolean(),
  /** done, WaitingForController, WaitingForSwitch, ApplyFailed, HeartbeatStale, AgentMissing, unknown. */
  state: z.string(),
  /** Whether its Agent embeds the object as it is in the API server. */
  carries: z.enum(['yes', 'other', 'no', 'unknown']),
  /** The generation that it has to apply; null while it is not known. */
  wantedGeneration: z.number().nullable(), appliedGeneration: z.number().nullable(),
  heartbeatAgeSeconds: z.number().nullable(),
  /** What the switch says of a failed attempt. */
  error: z.string().nullable(),
});
export type SwitchStanding = z.infer<typeof switchStandingSchema>;

export const resourceDetailSchema = resourceViewSchema.extend({
  desired: z.record(z.string(), z.unknown()).nullable(),
  live: z.record(z.string(), z.unknown()).nullable(),
  base: z.record(z.string(), z.unknown()).nullable(),
  /** From live to desired, after defaulting. */
  diff: z.array(fieldChangeSchema),
  drift: z.array(driftFieldSchema),
  findings_list: z.array(findingSchema),
  references: z.array(z.object({ kind: z.string(), name: z.string(), field: z.string() })),
  referencedBy: z.array(z.object({ kind: z.string(), name: z.string() })),
  conditions: z.array(conditionSchema),
  history: z.array(historyEntrySchema),
  /** When each hop was reached: committed, stored, applied, on the switches. */
  hops: z.object({
    committedAt: z.iso.datetime().nullable(), storedAt: z.iso.datetime().nullable(),
    appliedAt: z.iso.datetime().nullable(), convergedAt: z.iso.datetime().nullable(),
    /** Seconds that each hop took: commit to stored, stored to applied, applied to the switches; null before it is over. */
    seconds: z.object({ stored: z.number().nullable(), applied: z.number().nullable(), onSwitches: z.number().nullable() }).optional(),
  }),
  /** The switches and gateways that it concerns, one by one. */
  agents: z.array(switchStandingSchema).optional(),
});
export type ResourceDetail = z.infer<typeof resourceDetailSchema>;
