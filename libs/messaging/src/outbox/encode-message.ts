import { hash } from 'node:crypto';
import { type Actor, DEFAULT_PRIORITY, deliveryFaults, type DeliveryOptions, type MessageContract, type MessageInput, type MessageType, messages, type Metadata, type Priority } from '@heddle/contracts';
import { Invalid } from '@heddle/platform';
import { findJsonFault } from '../json/find-json-fault.ts';
import { describeFault } from '../json/read-json.ts';

/** What a publisher may say about a message; the rest comes from the work in hand. */
export interface OutboxOptions extends DeliveryOptions {
  fabricId?: string;
  /** Messages of one key are relayed in the order of their commits; default the fabric's id, without one no order. */
  orderingKey?: string;
  /** Position within the key or source, for consumers to compare. */
  sequence?: number;
  /** Epoch of the lease that it was written under. */
  epoch?: number;
  correlationId?: string;
  causationId?: string;
  actor?: Actor;
}

/** Transfers and commands are chunked by their publishers to at most this many bytes of data. */
export const MAX_WORK_BYTES = 256 * 1024;
/** Events name what happened; they carry no bulk. */
export const MAX_EVENT_BYTES = 1024 * 1024;

/** What goes round a message's data. */
export interface EnvelopeFields {
  eventId: string;
  timestamp: Date;
  source: string;
  metadata: Omit<Metadata, 'content_hash'>;
}

/** The data of a message as JSON, checked against its contract. @throws Invalid naming each field, or when it is too large */
export function encodeData<Type extends MessageType>(type: Type, data: MessageInput<Type>): string {
  const contract: MessageContract = messages[type];
  const result = contract.schema.safeParse(data);
  if (!result.success) {
    throw new Invalid({
      code: 'BUS-001', message: `A message '${type}' does not fit its contract.`, remedy: 'Publish what the contract says; this is a defect of the publisher.',
      errors: result.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })),
    });
  }
  const json = JSON.stringify(result.data);
  const limit = contract.role === 'event' ? MAX_EVENT_BYTES : MAX_WORK_BYTES;
  // Nobody would take it.
  const fault = findJsonFault(json, 'data');
  if (fault) throw new Invalid({ code: 'BUS-004', message: `A message '${type}' can't be read by its consumers: ${describeFault(fault)}`, remedy: 'Refuse such input before it is published; this is a defect of the publisher.' });
  const bytes = Buffer.byteLength(json);
  if (bytes > limit) {
    throw new Invalid({
      code: 'BUS-002', message: `A message '${type}' of ${bytes} bytes is over the limit of ${limit}.`, remedy: 'Split it into chunks; this is a defect of the publisher.', details: { bytes, limit },
    });
  }
  return json;
}

/** Priority and time to live of a message: what its publisher says, else what its contract does. @throws Invalid naming each field */
export function deliveryOptionsOf(type: MessageType, options: DeliveryOptions): { priority: Priority; ttlMs: number | undefined } {
  const contract: MessageContract = messages[type];
  const errors: { field: string; message: string }[] = deliveryFaults(options);
  if (contract.order === 'key' && options.priority !== undefined) errors.push({ field: 'priority', message: 'would let it overtake its key, whose order the contract asks for' });
  if (errors.length > 0) {
    throw new Invalid({
      code: 'BUS-003', message: `A message '${type}' can't be sent as it was asked: ${errors.map(({ field, message }) => `${field} ${message}`).join('; ')}.`,
      remedy: 'Give what the message of the field says; this is a defect of the publisher.', errors,
    });
  }
  return { priority: options.priority ?? contract.priority ?? DEFAULT_PRIORITY, ttlMs: options.ttlMs ?? contract.ttlMs };
}

/** A message's body: the UTF-8 of {@link renderEnvelope}. */
export function encodeEnvelope(type: MessageType, dataJson: string, fields: EnvelopeFields): Buffer {
  return Buffer.from(renderEnvelope(type, dataJson, fields));
}

/** Envelope v1 as JSON, around data that is JSON already. */
export function renderEnvelope(type: MessageType, dataJson: string, fields: EnvelopeFields): string {
  const metadata: Metadata = { ...fields.metadata, content_hash: hash('sha256', dataJson) };
  const head = JSON.stringify({
    event_id: fields.eventId, event_type: type, event_version: messages[type].version, timestamp: fields.timestamp.toISOString(), source: fields.source, metadata,
  });
  return `${head.slice(0, -1)},"data":${dataJson}}`;
}
