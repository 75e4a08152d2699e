import { type Envelope, envelopeSchema, type MessageContract, messages, readData, versionsOf } from '@heddle/contracts';

/** Why a message can't be taken at all. `schema`: it can't be read, or is not what its contract says. */
export interface Undecodable {
  ok: false;
  reason: 'schema';
  message: string;
}

export interface Decoded {
  ok: true;
  envelope: Envelope;
  /** As the present version of the contract has it, defaults filled in. */
  data: unknown;
}

const contracts: Readonly<Record<string, MessageContract>> = messages;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a message's bytes and checks envelope and data against the contracts. @param accepts the types that the consumer takes */
export function decodeMessage(body: Buffer, accepts: (type: string) => boolean): Decoded | Undecodable {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(body));
  } catch {
    return undecodable('The body is not JSON in UTF-8.');
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return undecodable(`The envelope is not of version 1: ${issues(envelope.error.issues)}`);
  const { event_type: type, event_version: version } = envelope.data;
  const contract = contracts[type];
  if (!contract || !accepts(type)) return undecodable(`Messages of type '${type}' are not taken here.`);
  const read = readData(contract, version, envelope.data.data);
  if (!read) return undecodable(`Version ${version} of '${type}' is unknown; version ${versionsOf(contract).map((each) => each.version).join(' or ')} is taken.`);
  if (!read.ok) return undecodable(`The data does not fit '${type}' version ${version}: ${issues(read.issues)}`);
  return { ok: true, envelope: envelope.data, data: read.data };
}

function undecodable(message: string): Undecodable {
  return { ok: false, reason: 'schema', message };
}

function issues(list: readonly { path: PropertyKey[]; message: string }[]): string {
  return list.slice(0, 5).map(({ path, message }) => `${path.map(String).join('.') || '(root)'}: ${message}`).join('; ');
}
