import { parseDocument } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue, type KubeObject, type ObjectMeta } from '../kube-object.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { pruneObject } from '../schema/prune.ts';
import { badRequest, fieldFault, invalid, unsupportedMediaType } from '../status-error.ts';
import type { Call } from './call.ts';
import { duplicateFields } from './duplicate-fields.ts';

const GO_TYPE = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const ACCEPTED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

export function mediaType(call: Call): string {
  return (call.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
}

/** Reads the object of a POST or PUT, with its unknown fields judged by `fieldValidation` and dropped. */
export function decodeObject(call: Call, resource: Resource): KubeObject {
  const type = mediaType(call);
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml') throw unsupportedMediaType(ACCEPTED);
  const { value, duplicates } = type === 'application/yaml' ? parseYaml(call.body) : parseJson(call.body, resource.kind);
  const object = checkType(value, resource, call.body, call);
  return settleUnknown(object, duplicates, call, resource);
}

function parseJson(text: string, kind: string): { value: JsonValue; duplicates: string[] } {
  try {
    return { value: JSON.parse(text) as JsonValue, duplicates: duplicateFields(text) };
  } catch (error) {
    throw unrecognized(kind, `couldn't get version/kind; json parse error: ${jsonFault(text, error)}`, text === '' ? '<empty>' : excerpt(text));
  }
}

/** Names a parse fault as Go's decoder would; the two common ones exactly. */
export function jsonFault(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (text === '' || /end of JSON|Unterminated|Expected .* in JSON at position/.test(message)) return 'unexpected end of JSON input';
  return message;
}

/** YAML 1.2 with its duplicate keys. Throws an error that names the line. */
export function parseYaml(text: string): { value: JsonValue; duplicates: string[] } {
  const document = parseDocument(text, { uniqueKeys: false, logLevel: 'silent' });
  const fault = document.errors[0];
  if (fault !== undefined) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: line ${fault.linePos?.[0].line ?? 1}: did not find expected node content`);
  }
  const value = document.toJS() as JsonValue;
  return { value: value ?? null, duplicates: [] };
}

function checkType(value: JsonValue, resource: Resource, text: string, call: Call): KubeObject {
  if (!isJsonObject(value)) {
    const kind = Array.isArray(value) ? 'array' : typeof value;
    const fault = `couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into Go value of type ${GO_TYPE}`;
    throw unrecognized(resource.kind, fault, Buffer.from(text).toString('hex').slice(0, 60));
  }
  if (typeof value.kind !== 'string' || value.kind === '') throw unrecognized(resource.kind, `Object 'Kind' is missing in '${text}'`, excerpt(text));
  if (typeof value.apiVersion !== 'string' || value.apiVersion === '') {
    throw unrecognized(resource.kind, `Object 'apiVersion' is missing in '${text}'`, excerpt(text));
  }
  const expected = apiVersionOf(resource);
  if (value.apiVersion !== expected) {
    warnUnread(value, call);
    throw badRequest(`the API version in the data (${value.apiVersion}) does not match the expected API version (${expected})`);
  }
  const metadata = checkMetadata(value.metadata, resource);
  if (value.kind !== resource.kind) {
    if (!resource.custom) throw badRequest(`${value.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: no kind match`);
    const fault = fieldFault.invalid('kind', JSON.stringify(value.kind), `must be ${resource.kind}`);
    throw invalid(value.kind, resource.group, metadata.name ?? '', [fault]);
  }
  return { ...value, apiVersion: expected, kind: resource.kind, metadata };
}

/** An object of another version is read as an empty one: all its content is unknown. */
function warnUnread(value: JsonObject, call: Call): void {
  if (call.query.get('fieldValidation') === 'Ignore') return;
  const unread = Object.keys(value).filter((key) => !['apiVersion', 'kind', 'metadata'].includes(key));
  call.warnings.push(...unread.sort().map((key) => `unknown field "${key}"`));
}

/** metadata must have the types of ObjectMeta, whatever the schema of the kind says. */
function checkMetadata(metadata: JsonValue | undefined, resource: Resource): ObjectMeta {
  const refuse = (found: JsonValue, field: string, type: string): never => {
    const got = Array.isArray(found) ? 'array' : typeof found === 'boolean' ? 'bool' : typeof found;
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal ${got} into Go struct field ${field} of type ${type}`,
    );
  };
  if (metadata === undefined || metadata === null) return {};
  if (!isJsonObject(metadata)) return refuse(metadata, '.metadata', 'v1.ObjectMeta');
  const result: JsonObject = { ...metadata };
  for (const [key, value] of Object.entries(metadata)) {
    if (value === null) delete result[key];
    else if (key === 'labels' || key === 'annotations') {
      if (!isJsonObject(value)) refuse(value ?? null, `ObjectMeta.${key}`, 'map[string]string');
      for (const item of Object.values(value as JsonObject)) if (typeof item !== 'string') refuse(item ?? null, `ObjectMeta.${key}`, 'string');
    } else if (['name', 'namespace', 'generateName', 'resourceVersion', 'uid'].includes(key) && typeof value !== 'string') {
      refuse(value ?? null, `ObjectMeta.${key}`, 'string');
    } else if (['finalizers', 'ownerReferences', 'managedFields'].includes(key) && !Array.isArray(value)) {
      refuse(value ?? null, `ObjectMeta.${key}`, '[]string');
    }
  }
  return result;
}

/** Prunes, and refuses (Strict), warns of (Warn and by default) or is silent about (Ignore) what was dropped. */
export function settleUnknown(object: KubeObject, duplicates: string[], call: Call, resource: Resource): KubeObject {
  const pruned = pruneObject(object, resource.schema);
  const faults = [
    ...duplicates.map((path) => `duplicate field "${path}"`),
    ...pruned.unknown.map((path) => `unknown field "${path}"`),
  ];
  if (faults.length === 0) return pruned.object;
  const mode = call.query.get('fieldValidation');
  if (mode === 'Strict') throw new StrictDecodingError(faults, pruned.object, resource);
  if (mode !== 'Ignore') call.warnings.push(...faults);
  return pruned.object;
}

/** Carries the faults, because a patch reports them in another form than a POST. */
export class StrictDecodingError extends Error {
  readonly strictText: string;

  constructor(
    faults: string[],
    readonly object: KubeObject,
    readonly resource: Resource,
  ) {
    super('strict decoding error');
    this.strictText = `strict decoding error: ${faults.join(', ')}`;
  }

  asBadRequest(): Error {
    const { kind, version } = this.resource;
    return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${this.strictText}`);
  }
}

function unrecognized(kind: string, fault: string, shown: string): Error {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): ${fault} (${shown})`);
}

function excerpt(text: string): string {
  return text.length > 30 ? `${text.slice(0, 30)} ...` : text;
}
