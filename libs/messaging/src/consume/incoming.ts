import type { ParkingMessage } from '../inbox/parking-lot.ts';
import { type Decoded, MAX_BODY_BYTES, type Undecodable } from './decode-message.ts';
import type { Delivery } from './delivery.ts';

/** Bytes and what stands beside them, from the broker or from the parking lot. */
export interface Incoming {
  body: Buffer;
  hash: Buffer;
  headers: Record<string, unknown>;
  messageId: string | undefined;
  type: string | undefined;
  /** Tries so far. */
  attempts: number;
  /** See {@link Delivery.suspect}. */
  suspect: boolean;
}

/** A delivery before its first try. */
export function incoming(delivery: Delivery): Incoming {
  return { body: delivery.body, hash: delivery.hash, headers: delivery.headers, messageId: delivery.messageId, type: delivery.type, attempts: 0, suspect: delivery.suspect };
}

/** Of a body that is too large to be read this much is kept, beside its hash and size. */
const KEPT_BYTES = 64 * 1024;

/** What is kept of a message that could not be taken; of one that can't be read, what is known of it and what the broker told. */
export function parkingMessageOf(consumer: string, { body, hash, headers, messageId, type }: Incoming, { known }: Decoded | Undecodable): ParkingMessage {
  return {
    consumer, hash, headers, size: body.length,
    // A copy: a view would keep all of it in memory.
    body: body.length > MAX_BODY_BYTES ? Buffer.from(body.subarray(0, KEPT_BYTES)) : body,
    ...known, messageId: known.messageId ?? messageId ?? `sha256:${hash.toString('hex')}`, type: known.type ?? type ?? 'unknown', orderingKey: known.orderingKey,
  };
}

/** What a log line says of a message, that it can be found by; of one that can't be read, what the broker told. */
export function namesOf({ messageId, type }: Pick<Incoming, 'messageId' | 'type'>, { known }: Pick<Decoded | Undecodable, 'known'>): { message: string | undefined; type: string | undefined; correlation_id: string | undefined } {
  return { message: known.messageId ?? messageId, type: known.type ?? type, correlation_id: known.correlationId };
}
