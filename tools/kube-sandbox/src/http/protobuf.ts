import type { JsonObject, JsonValue } from '../kube-object.ts';

/**
 * Reads the protobuf bodies that kubectl's `create`, `auth` and `token` commands send for built-in kinds; field numbers
 * are those of the published .proto files. Answers are always JSON, which every such client accepts.
 */
interface Field {
  name: string;
  type: 'string' | 'bytes' | 'integer' | 'boolean' | Message;
  repeated?: true;
  /** A map of strings to `type`. */
  map?: true;
}

interface Message {
  [number: number]: Field;
}

const text = (name: string): Field => ({ name, type: 'string' });
const texts = (name: string): Field => ({ name, type: 'string', repeated: true });

const objectMeta: Field = {
  name: 'metadata',
  type: {
    1: text('name'),
    2: text('generateName'),
    3: text('namespace'),
    5: text('uid'),
    6: text('resourceVersion'),
    11: { name: 'labels', type: 'string', map: true },
    12: { name: 'annotations', type: 'string', map: true },
    14: texts('finalizers'),
  },
};

const role: Message = {
  1: objectMeta,
  2: {
    name: 'rules',
    repeated: true,
    type: { 1: texts('verbs'), 2: texts('apiGroups'), 3: texts('resources'), 4: texts('resourceNames'), 5: texts('nonResourceURLs') },
  },
};

const binding: Message = {
  1: objectMeta,
  2: { name: 'subjects', repeated: true, type: { 1: text('kind'), 2: text('apiGroup'), 3: text('name'), 4: text('namespace') } },
  3: { name: 'roleRef', type: { 1: text('apiGroup'), 2: text('kind'), 3: text('name') } },
};

const KINDS: { [kind: string]: Message } = {
  Namespace: { 1: objectMeta },
  ServiceAccount: { 1: objectMeta },
  ConfigMap: {
    1: objectMeta,
    2: { name: 'data', type: 'string', map: true },
    3: { name: 'binaryData', type: 'bytes', map: true },
    4: { name: 'immutable', type: 'boolean' },
  },
  Secret: {
    1: objectMeta,
    2: { name: 'data', type: 'bytes', map: true },
    3: text('type'),
    4: { name: 'stringData', type: 'string', map: true },
    5: { name: 'immutable', type: 'boolean' },
  },
  Role: role,
  ClusterRole: role,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  SelfSubjectReview: {},
  SelfSubjectRulesReview: { 2: { name: 'spec', type: { 1: text('namespace') } } },
  SelfSubjectAccessReview: {
    2: {
      name: 'spec',
      type: {
        1: {
          name: 'resourceAttributes',
          type: { 1: text('namespace'), 2: text('verb'), 3: text('group'), 4: text('version'), 5: text('resource'), 6: text('subresource'), 7: text('name') },
        },
        2: { name: 'nonResourceAttributes', type: { 1: text('path'), 2: text('verb') } },
      },
    },
  },
  TokenRequest: { 2: { name: 'spec', type: { 1: texts('audiences'), 4: { name: 'expirationSeconds', type: 'integer' } } } },
};

const MAGIC = Buffer.from('k8s\0');
const envelope: Message = { 1: { name: 'typeMeta', type: { 1: text('apiVersion'), 2: text('kind') } }, 2: { name: 'raw', type: 'bytes' } };

/** The object in a protobuf body; undefined when it is of a kind that is not read. */
export function decodeProtobuf(body: Buffer): JsonObject | undefined {
  if (!body.subarray(0, 4).equals(MAGIC)) return undefined;
  const outer = decodeMessage(body.subarray(4), envelope) as { typeMeta?: { apiVersion?: string; kind?: string }; raw?: string };
  const { apiVersion = '', kind = '' } = outer.typeMeta ?? {};
  const message = KINDS[kind];
  if (message === undefined) return undefined;
  return { apiVersion, kind, ...decodeMessage(Buffer.from(outer.raw ?? '', 'base64'), message) };
}

function decodeMessage(bytes: Buffer, message: Message): JsonObject {
  const result: JsonObject = {};
  const reader = new Reader(bytes);
  while (!reader.done()) {
    const { field: number, value } = reader.next();
    const field = message[number];
    if (field === undefined) continue;
    if (field.map === true) {
      const entry = decodeMessage(value as Buffer, { 1: text('key'), 2: { name: 'value', type: field.type } });
      result[field.name] = { ...(result[field.name] as JsonObject | undefined), [String(entry.key ?? '')]: entry.value ?? '' };
    } else {
      const decoded = decodeValue(value, field.type);
      if (field.repeated === true) result[field.name] = [...((result[field.name] as JsonValue[] | undefined) ?? []), decoded];
      else if (decoded !== '') result[field.name] = decoded;
    }
  }
  return result;
}

function decodeValue(value: Buffer | number, type: Field['type']): JsonValue {
  if (typeof value === 'number') return type === 'boolean' ? value !== 0 : value;
  if (type === 'string') return value.toString('utf8');
  return typeof type === 'object' ? decodeMessage(value, type) : value.toString('base64');
}

/** Walks the fields of a message: varints as numbers, length-delimited ones as bytes. */
class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  done(): boolean {
    return this.at >= this.bytes.length;
  }

  next(): { field: number; value: Buffer | number } {
    const tag = this.varint();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) return { field, value: this.varint() };
    const length = wire === 2 ? this.varint() : wire === 1 ? 8 : 4;
    const value = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return { field, value };
  }

  private varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}
