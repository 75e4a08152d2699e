import { type Envelope, envelopeSchema, type MessageContract, messages, readData, versionsOf } from '@heddle/contracts';
import { z } from 'zod';
import { readJson } from '../json/read-json.ts';
import { MAX_EVENT_BYTES } from '../outbox/encode-message.ts';

/** Larger bodies are not read at all: publishers send no more than half of this. */
export const MAX_BODY_BYTES = 2 * MAX_EVENT_BYTES;

/** What could be made out of an envelope, be it whole or not. */
export interface KnownParts {
  messageId?: string | undefined;
  type?: string | undefined;
  source?: string | undefined;
  fabricId?: string | undefined;
  correlationId?: string | undefined;
  orderingKey?: string | undefined;
}

/** Why a message can't be taken at all. `schema`: it can't be read, or is not what its contract says. */
export interface Undecodable {
  ok: false;
  reason: 'schema' | 'too-large';
  message: string;
  known: KnownParts;
}

export interface Decoded {
  ok: true;
  envelope: Envelope;
  /** As the present version of the contract has it, defaults filled in. */
  data: unknown;
  known: KnownParts;
}

const contracts: Readonly<Record<string, MessageContract>> = messages;
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);
const text = optional(z.string().min(1));
/** Whatever of an envelope is as it should be. */
const partsSchema = z.object({
  event_id: optional(z.uuid()), event_type: text, source: text,
  metadata: z.object({ fabric_id: optional(z.uuid()), correlation_id: text, ordering_key: text }).partial().catch({}).default({}),
}).catch({ metadata: {} });

/** Reads a message's bytes and checks envelope and data against the contracts. @param accepts the types that the consumer takes */
export function decodeMessage(body: Buffer, accepts: (type: string) => boolean): Decoded | Undecodable {
  if (body.length > MAX_BODY_BYTES) return { ok: false, reason: 'too-large', message: `The body of ${body.length} bytes is over the limit of ${MAX_BODY_BYTES}.`, known: {} };
  const json = readJson(body);
  const undecodable = (message: string): Undecodable => ({ ok: false, reason: 'schema', message, known: knownParts(json.value) });
  if (!json.ok) return undecodable(json.message);
  const envelope = envelopeSchema.safeParse(json.value);
  if (!envelope.success) return undecodable(`The envelope is not of version 1: ${issues(envelope.error.issues)}`);
  const { event_type: type, event_version: version } = envelope.data;
  const contract = Object.hasOwn(contracts, type) ? contracts[type] : undefined;
  if (!contract || !accepts(type)) return undecodable(`Messages of type '${type}' are not taken here.`);
  const read = readData(contract, version, envelope.data.data);
  if (!read) return undecodable(`Version ${version} of '${type}' is unknown; version ${versionsOf(contract).map((each) => each.version).join(' or ')} is taken.`);
  if (!read.ok) return undecodable(`The data does not fit '${type}' version ${version}: ${issues(read.issues)}`);
  const { event_id: messageId, source, metadata } = envelope.data;
  return {
    ok: true, envelope: envelope.data, data: read.data,
    known: { messageId, type, source, fabricId: metadata.fabric_id, correlationId: metadata.correlation_id, orderingKey: metadata.ordering_key },
  };
}

function knownParts(json: unknown): KnownParts {
  const { event_id: messageId, event_type: type, source, metadata } = partsSchema.parse(json);
  return { messageId, type, source, fabricId: metadata.fabric_id, correlationId: metadata.correlation_id, orderingKey: metadata.ordering_key };
}

function issues(list: readonly { path: PropertyKey[]; message: string }[]): string {
  return list.slice(0, 5).map(({ path, message }) => `${path.map(String).join('.') || '(root)'}: ${message}`).join('; ');
}
