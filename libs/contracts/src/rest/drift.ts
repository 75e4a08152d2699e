import { z } from 'zod';
import { driftFieldSchema } from '../diff.ts';
import { actorSchema } from '../envelope/actor.ts';
import { driftPolicySchema } from './drift-policy.ts';

/** `snoozed`: a person lets it be until a time, or until its fields change. */
export const driftStateSchema = z.enum(['open', 'reverting', 'snoozed', 'resolved']);

/** A drift as events tell of it. */
export const driftNewsSchema = z.object({
  id: z.uuid(),
  fabricId: z.uuid(),
  kind: z.string(),
  name: z.string(),
  /** changed: fields differ; deleted: gone from the cluster; the state of the entry is in `state`. */
  type: z.enum(['changed', 'deleted']),
  state: z.enum(['open', 'reverting', 'resolved']),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  fields: z.array(driftFieldSchema),
  /** Field managers that wrote the differing values. */
  managers: z.array(z.string()),
  detectedAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  /** How it was resolved: reverted, converged (live came back by itself), superseded (Git changed), ignored (a rule hides it). */
  resolution: z.string().nullable(),
  operationId: z.uuid().nullable(),
  /** Git changed one of the fields as well, differently: nothing is written until a person decides. */
  conflict: z.boolean().optional(),
});

export const driftViewSchema = driftNewsSchema.extend({
  state: driftStateSchema,
  /** What Heddle does about drifts of this kind by itself. */
  policy: driftPolicySchema.optional(),
  snoozedUntil: z.iso.datetime().nullable().optional(),
  snoozeReason: z.string().nullable().optional(),
});
export type DriftView = z.infer<typeof driftViewSchema>;

/** What a person decides about a drift. `adopt` brings the live values into Git and comes with write-back. */
export const verdictSchema = z.enum(['adopt', 'revert', 'snooze']);
export type Verdict = z.infer<typeof verdictSchema>;

const reason = z.string().trim().min(1).max(1_000);

export const snoozeDriftSchema = z.object({ until: z.iso.datetime({ offset: true }), reason });
export const revertDriftSchema = z.object({ reason: reason.optional() });

/** Which drifts a list shows or a bulk verdict is about. */
export const driftFilterSchema = z.object({
  kind: z.string().optional(), type: z.enum(['changed', 'deleted']).optional(), severity: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  conflict: z.boolean().optional(),
  /** A field manager that wrote one of the values. */
  manager: z.string().max(128).optional(),
  /** Part of the object's name, any case. */
  text: z.string().max(253).optional(),
});
export type DriftFilter = z.infer<typeof driftFilterSchema>;

/** The most drifts that one bulk verdict judges. */
export const MOST_VERDICTS = 1_000;

/** A verdict on many drifts: by id, or on the open ones of a fabric that a filter leaves. */
export const judgeDriftsSchema = z.object({
  verdict: verdictSchema,
  ids: z.array(z.uuid()).min(1).max(MOST_VERDICTS).optional(),
  filter: driftFilterSchema.extend({ fabric: z.string().min(1).max(63) }).optional(),
  /** Of a snooze. */
  until: z.iso.datetime({ offset: true }).optional(),
  /** Required for a snooze. */
  reason: reason.optional(),
}).refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), { error: 'give either ids or a filter', path: ['ids'] })
  .refine(({ verdict, until, reason: why }) => verdict !== 'snooze' || (until !== undefined && why !== undefined), { error: 'a snooze needs until and reason', path: ['until'] });

/** What became of a bulk verdict, item by item. */
export const judgedDriftsSchema = z.object({
  items: z.array(z.object({
    driftId: z.uuid(), kind: z.string().nullable(), name: z.string().nullable(), outcome: z.enum(['accepted', 'refused']),
    /** Of the refusal. */
    code: z.string().optional(), message: z.string().optional(), remedy: z.string().optional(),
    /** The operation that puts it back. */
    operationId: z.uuid().optional(),
  })),
  /** The filter leaves more drifts than were judged: ask again. */
  more: z.boolean(),
});
export type JudgedDrifts = z.infer<typeof judgedDriftsSchema>;

/** One entry of the history of verdicts; `reopen` is what follows by itself: the time is over, the fields changed, a revert failed. */
export const verdictEntrySchema = z.object({
  id: z.string(), driftId: z.uuid(), fabricId: z.uuid(), kind: z.string(), name: z.string(), at: z.iso.datetime(),
  verdict: z.enum(['adopt', 'revert', 'snooze', 'reopen']),
  reason: z.string(), until: z.iso.datetime().nullable(), actor: actorSchema, operationId: z.uuid().nullable(),
  /** What the drift was at that time. */
  fields: z.array(driftFieldSchema),
});
export type VerdictEntry = z.infer<typeof verdictEntrySchema>;
