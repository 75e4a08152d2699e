import { z } from 'zod';
import { actorSchema } from '../envelope/actor.ts';
import { SERVICES, type ServiceName } from '../define-message.ts';

/** The services that take messages, and so may have dead letters. */
export const DEAD_LETTER_SERVICES = SERVICES.filter((service): service is Exclude<ServiceName, 'gateway'> => service !== 'gateway');
export type DeadLetterService = (typeof DEAD_LETTER_SERVICES)[number];
export const deadLetterServiceSchema = z.enum(DEAD_LETTER_SERVICES as [DeadLetterService, ...DeadLetterService[]]);

/** `dead`: waits for a person; the others are how a person closed it. */
export const deadLetterStateSchema = z.enum(['dead', 'replayed', 'edited', 'discarded']);
export type DeadLetterState = z.infer<typeof deadLetterStateSchema>;

/** Which dead letters are meant; all that is given must hold. */
export const deadLetterFilterSchema = z.object({
  /** The service that could not take the message. */
  service: deadLetterServiceSchema.optional(),
  /** The queue that it came through. */
  consumer: z.string().max(200).optional(),
  /** Type of the message. */
  type: z.string().max(200).optional(),
  reason: z.string().max(100).optional(),
  /** A group of `groups`. */
  cause: z.string().regex(/^[0-9a-f]{12}$/, '12 hexadecimal digits').optional(),
  /** Who published the message. */
  source: z.string().max(100).optional(),
  fabricId: z.uuid().optional(),
  correlationId: z.string().max(200).optional(),
  messageId: z.string().max(200).optional(),
  state: deadLetterStateSchema.default('dead'),
  /** Last failure at or after. */
  failedAfter: z.iso.datetime({ offset: true }).optional(),
  /** Last failure before. */
  failedBefore: z.iso.datetime({ offset: true }).optional(),
  /** Part of the error's message, in any case of letters. */
  text: z.string().min(1).max(200).optional(),
});
export type DeadLetterFilter = z.output<typeof deadLetterFilterSchema>;

/** A message that its consumer gave up, as lists show it. */
export const deadLetterSummarySchema = z.object({
  id: z.uuid(), service: z.string(), consumer: z.string(), messageId: z.string(), type: z.string(), source: z.string().nullable(),
  fabricId: z.uuid().nullable(), correlationId: z.string().nullable(), orderingKey: z.string().nullable(),
  state: deadLetterStateSchema,
  /** True when the messages of its key wait until it is closed. */
  holdsKey: z.boolean(),
  /** Code of the error; `unexpected`; or of the bus itself: schema, too-large, id-conflict, expired, ended-process, no-handler. */
  reason: z.string(),
  message: z.string(),
  /** Same for all that died of the same cause: consumer, type, reason, and the message but for its ids, names and numbers. */
  cause: z.string(), pattern: z.string(),
  attempts: z.number().int(),
  /** Bytes of the body as received. */
  size: z.number().int(),
  firstFailedAt: z.iso.datetime(), lastFailedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(), closedBy: actorSchema.nullable(),
  /** Why it was discarded. */
  note: z.string().nullable(),
  /** Id of the message that an edit put in its place. */
  replacedBy: z.string().nullable(),
});
export type DeadLetterSummary = z.infer<typeof deadLetterSummarySchema>;

/** The bytes as received: parsed where they are clean JSON, as text where they are UTF-8, else in base64; `note` says why it is not JSON, or that only the beginning was kept. */
export const deadLetterBodySchema = z.object({
  encoding: z.enum(['json', 'text', 'base64']), content: z.unknown(), complete: z.boolean(), sha256: z.string(), note: z.string().optional(),
});
export type DeadLetterBody = z.infer<typeof deadLetterBodySchema>;

/** A dead letter with all that is kept of it. */
export const deadLetterSchema = deadLetterSummarySchema.extend({
  headers: z.record(z.string(), z.unknown()), stack: z.string().nullable(), body: deadLetterBodySchema,
  /** Messages of its key that wait for another attempt, or behind one that does. */
  waiting: z.number().int(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Dead letters of the same cause. */
export const deadLetterGroupSchema = z.object({
  cause: z.string(), service: z.string(), consumer: z.string(), type: z.string(), reason: z.string(), pattern: z.string(),
  count: z.number().int(), firstFailedAt: z.iso.datetime(), lastFailedAt: z.iso.datetime(),
});
export type DeadLetterGroup = z.infer<typeof deadLetterGroupSchema>;

/** Names one dead letter. */
export const deadLetterRefSchema = z.object({ service: deadLetterServiceSchema, id: z.uuid() });
export type DeadLetterRef = z.infer<typeof deadLetterRefSchema>;

/** Most dead letters that are named in one request. */
export const MOST_DEAD_LETTERS = 100;

const selection = {
  letters: z.array(deadLetterRefSchema).min(1).max(MOST_DEAD_LETTERS).optional(),
  filter: deadLetterFilterSchema.omit({ state: true }).refine((filter) => Object.values(filter).some((value) => value !== undefined), 'must name at least one field').optional(),
  /** By filter: `next` of the answer before, to go on where it ended. */
  cursor: z.string().max(4_000).optional(),
};
const eitherOr = ({ letters, filter }: { letters?: unknown; filter?: unknown }) => (letters === undefined) !== (filter === undefined);
const EITHER_OR = { message: 'give either letters or a filter', path: ['letters'] };

/** Letters by name, or by filter in chunks. */
export const replayDeadLettersSchema = z.object(selection).refine(eitherOr, EITHER_OR);
export const discardReasonSchema = z.string().trim().min(3).max(500);
export const discardDeadLettersSchema = z.object({ ...selection, reason: discardReasonSchema }).refine(eitherOr, EITHER_OR);

/** What became of a dead letter that was to be replayed or discarded. */
export const deadLetterOutcomeSchema = z.object({
  service: z.string(), id: z.uuid(),
  /** `done`: replayed or discarded; `failed`: dead again; `skipped`: it can't be, or somebody else was faster. */
  outcome: z.enum(['done', 'failed', 'skipped']), code: z.string().optional(), message: z.string(),
});
export type DeadLetterOutcome = z.infer<typeof deadLetterOutcomeSchema>;

/** Progress of a replay or discard. */
export const deadLetterProgressSchema = z.object({
  done: z.number().int(), failed: z.number().int(), skipped: z.number().int(),
  /** By filter: those that this answer did not come to. */
  remaining: z.number().int(),
  /** By letters: each of them; by filter: the first that failed or were skipped. */
  outcomes: z.array(deadLetterOutcomeSchema),
  /** Services that did not answer; their dead letters are as they were. */
  unreachable: z.array(z.object({ service: z.string(), message: z.string() })),
  /** To go on with, as `cursor`; null when nothing remains. */
  next: z.string().nullable(),
});
export type DeadLetterProgress = z.infer<typeof deadLetterProgressSchema>;

/** The data of the message that takes a dead letter's place, and, where the dead one can't be read, what stood around it. */
export const editDeadLetterSchema = z.object({
  data: z.unknown(),
  /** Default that of the dead letter. */
  type: z.string().max(200).optional(),
});
export type EditDeadLetter = z.output<typeof editDeadLetterSchema>;

/** What became of the message that took the dead letter's place. */
export const editedDeadLetterSchema = z.object({
  id: z.uuid(),
  /** Of the new message. */
  messageId: z.uuid(),
  /** `done`: handled; `parked`: tried again by itself; `dead`: a dead letter of its own. */
  outcome: z.enum(['done', 'parked', 'dead']),
  message: z.string(),
});
export type EditedDeadLetter = z.infer<typeof editedDeadLetterSchema>;
