import { z } from 'zod';
import { actorSchema } from './actor.ts';

/** What travels beside the data of a message. All optional fields are absent, never null. */
export const metadataSchema = z.object({
  /** One id for all that follows from the same cause (a push, a request). */
  correlation_id: z.string().min(1),
  /** The event_id of the message that led to this one. */
  causation_id: z.string().min(1).optional(),
  actor: actorSchema.optional(),
  fabric_id: z.uuid().optional(),
  /** Messages with the same key are relayed in the order of their commits; an unconfirmed one holds back its key. */
  ordering_key: z.string().min(1).optional(),
  /** Position within the ordering key or source; compared in SQL, never assumed. */
  sequence: z.number().int().nonnegative().optional(),
  /** The epoch of the lease under which the sender wrote it. */
  epoch: z.number().int().nonnegative().optional(),
  /** From then on the message is of no use; it becomes a dead letter when it comes later. By the sender's clock. */
  expires_at: z.iso.datetime().optional(),
  /** W3C trace context of the sender. */
  traceparent: z.string().optional(),
  /** sha256 of the data's bytes as sent, hex. */
  content_hash: z.string().optional(),
});
export type Metadata = z.infer<typeof metadataSchema>;

/** Envelope v1: the body of every event, transfer and command (REQUIREMENTS T252). */
export const envelopeSchema = z.object({
  event_id: z.uuid(),
  event_type: z.string().regex(/^[a-z_]+\.[a-z_]+$/),
  event_version: z.number().int().positive(),
  timestamp: z.iso.datetime(),
  source: z.string().min(1),
  data: z.unknown(),
  metadata: metadataSchema,
});
export type Envelope<Data = unknown> = Omit<z.infer<typeof envelopeSchema>, 'data'> & { data: Data };
