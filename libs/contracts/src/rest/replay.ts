import { z } from 'zod';
import { actorSchema } from '../envelope/actor.ts';

const eventTypeSchema = z.string().regex(/^(\*|[a-z_]+\.(\*|[a-z_]+))$/);

/** Which events of the log: what is absent restricts nothing. */
export const eventFilterSchema = z.object({
  /** Patterns over event types: exact, `fabric.*`, or `*`. */
  types: z.array(eventTypeSchema).min(1).max(50).optional(),
  /** The service that published it. */
  source: z.string().min(1).max(63).optional(),
  fabricId: z.uuid().optional(),
  correlationId: z.string().min(1).max(200).optional(),
});
export type EventFilter = z.infer<typeof eventFilterSchema>;

/** To whom events are sent again, and to nobody else. */
export const replayTargetSchema = z.discriminatedUnion('type', [
  /** A webhook subscription, by id or name; it gets what it is subscribed to. */
  z.object({ type: z.literal('subscription'), subscription: z.string().min(1).max(63) }),
  /** A consumer queue of a service that takes events, e.g. `fabric.cluster.state_changed`. */
  z.object({ type: z.literal('queue'), queue: z.string().min(1).max(200) }),
]);
export type ReplayTarget = z.infer<typeof replayTargetSchema>;

/** Most events of a replay in a second. */
export const MAX_REPLAY_RATE = 2_000;

/** Asks for events to be sent again. */
export const replaySpecSchema = z.object({
  target: replayTargetSchema,
  /** The first instant whose events are sent, by the time at which they were logged. */
  from: z.iso.datetime({ offset: true }),
  /** The first instant whose events are not sent any more; default now. */
  until: z.iso.datetime({ offset: true }).optional(),
  filter: eventFilterSchema.default({}),
  /** Most events in a second, so that live traffic isn't disturbed. */
  eventsPerSecond: z.number().int().min(1).max(MAX_REPLAY_RATE).default(100),
  /** Why; for the audit trail. */
  reason: z.string().trim().min(1).max(500),
});
export type ReplaySpec = z.infer<typeof replaySpecSchema>;

export const replayStateSchema = z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']);
export type ReplayState = z.infer<typeof replayStateSchema>;

export const replayViewSchema = z.object({
  id: z.uuid(),
  number: z.number(),
  target: replayTargetSchema,
  filter: eventFilterSchema,
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  eventsPerSecond: z.number(),
  reason: z.string(),
  actor: actorSchema.nullable(),
  state: replayStateSchema,
  /** What it waits for, or why it failed. */
  message: z.string(),
  /** Days that are read from the archive. */
  archivedDays: z.number(),
  progress: z.object({
    /** Events of the time range, before the filter. */
    total: z.number(), scanned: z.number(), matched: z.number(), sent: z.number(),
    /** Position in the log up to which everything was sent. */
    position: z.string(),
    /** Absent until it can be told, and when it is over. */
    estimatedEnd: z.iso.datetime().nullable(),
  }),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});
export type ReplayView = z.infer<typeof replayViewSchema>;
