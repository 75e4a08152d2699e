import { z } from 'zod';
import { alertSeveritySchema } from '../bus/alert.ts';
import { actorSchema } from '../envelope/actor.ts';
import { objectRefSchema } from './object-ref.ts';

/**
 * `active`: it holds and nobody took it. `acknowledged`: somebody did. `suppressed`: it holds and is not told, since another
 * alert is its cause or a person said so until a time. `resolved`: over. `reopened`: it came back, active once more.
 */
export const alertStateSchema = z.enum(['active', 'acknowledged', 'suppressed', 'resolved', 'reopened']);
export type AlertState = z.infer<typeof alertStateSchema>;

/** What a person is told of: one for one cause, whatever it touches. */
export const alertViewSchema = z.object({
  id: z.uuid(),
  /** cluster_unreachable, credentials_expire, watch_silent, source_failed, switch_silent, switch_problem, convergence_overdue, drift_open, findings_error, compliance, conflict, operation_failed, operation_stuck, approval_waiting, or the id of an alert of the bus. */
  type: z.string(),
  severity: alertSeveritySchema,
  state: alertStateSchema,
  /** Names the cause: what has the same is the same alert. */
  key: z.string(),
  summary: z.string(),
  remedy: z.string(),
  fabrics: z.array(z.object({ id: z.uuid(), name: z.string() })),
  /** The first of the objects that it is about; all of them are `objectCount`. */
  objects: z.array(objectRefSchema),
  objectCount: z.number().int(),
  /** The alert under which it is suppressed. */
  causeId: z.uuid().nullable(),
  suppressedUntil: z.iso.datetime().nullable(),
  firstSeenAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  /** How often it came up. */
  count: z.number().int(),
});
export type AlertView = z.infer<typeof alertViewSchema>;

export const alertDetailSchema = alertViewSchema.extend({
  history: z.array(z.object({ at: z.iso.datetime(), from: alertStateSchema.nullable(), to: alertStateSchema, actor: actorSchema, reason: z.string() })),
});
export type AlertDetail = z.infer<typeof alertDetailSchema>;

export const alertActionSchema = z.object({
  action: z.enum(['acknowledge', 'suppress', 'resolve']),
  reason: z.string().trim().min(1).max(1_000),
  /** For `suppress`: until then it is not told. */
  until: z.iso.datetime().optional(),
});

/** One action on many alerts: each of them is done or refused by itself. */
export const bulkAlertActionSchema = alertActionSchema.extend({ alertIds: z.array(z.uuid()).min(1).max(200) });
export const alertOutcomeSchema = z.object({ id: z.uuid(), outcome: z.enum(['done', 'refused']), state: alertStateSchema.nullable(), message: z.string() });
export type AlertOutcome = z.infer<typeof alertOutcomeSchema>;
