import type { ParkingMessage } from '../inbox/parking-lot.ts';
import type { Decoded } from './decode-message.ts';
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
}

/** A delivery before its first try. */
export function incoming(delivery: Delivery): Incoming {
  return { body: delivery.body, hash: delivery.hash, headers: delivery.headers, messageId: delivery.messageId, type: delivery.type, attempts: 0 };
}

/** What is kept of a message that could not be taken; of one that can't be read, what the broker told. */
export function parkingMessageOf(consumer: string, { body, hash, headers, messageId, type }: Incoming, decoded: Decoded | undefined): ParkingMessage {
  return {
    consumer, body, hash, headers,
    messageId: decoded?.envelope.event_id ?? messageId ?? `sha256:${hash.toString('hex')}`,
    type: decoded?.envelope.event_type ?? type ?? 'unknown', orderingKey: decoded?.envelope.metadata.ordering_key,
    source: decoded?.envelope.source, fabricId: decoded?.envelope.metadata.fabric_id, correlationId: decoded?.envelope.metadata.correlation_id,
  };
}
