import { stringify } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import { apiVersionOf, type Resource } from '../resources/resource.ts';
import { StatusError } from '../status-error.ts';
import { partialMetadata, toTable } from './table.ts';

/** The form in which a client wants its answer. */
export interface Representation {
  as: 'object' | 'table' | 'partial';
  mime: 'json' | 'yaml';
  includeObject: string;
}

const NOT_ACCEPTABLE = 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** Picks the first form of the Accept header that this server has; 406 when there is none. */
export function negotiate(accept: string | undefined, includeObject: string | null): Representation {
  const include = includeObject ?? 'Metadata';
  if (accept === undefined || accept.trim() === '') return { as: 'object', mime: 'json', includeObject: include };
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (!['application/json', 'application/yaml', 'application/*', '*/*'].includes(type)) continue;
    const options = new Map(parameters.map((text) => text.split('=', 2) as [string, string]));
    const as = options.get('as');
    if (as !== undefined && options.get('v') !== 'v1') continue;
    const mime = type === 'application/yaml' ? 'yaml' : 'json';
    if (as === undefined) return { as: 'object', mime, includeObject: include };
    if (as === 'Table') return { as: 'table', mime, includeObject: include };
    if (as.startsWith('PartialObjectMetadata')) return { as: 'partial', mime, includeObject: include };
  }
  throw new StatusError(406, 'NotAcceptable', NOT_ACCEPTABLE);
}

/** Brings an object or a list of `resource` into the wanted form. */
export function represent(body: JsonValue, resource: Resource, form: Representation): JsonValue {
  if (!isJsonObject(body) || body.kind === 'Status') return body;
  const isList = Array.isArray(body.items) && body.kind === resource.listKind;
  if (isList) return representList(body, resource, form);
  if (body.kind !== resource.kind) return body;
  const object = inVersion(body as KubeObject, resource);
  if (form.as === 'table') return toTable(resource, [object], { resourceVersion: object.metadata.resourceVersion }, form.includeObject);
  return form.as === 'partial' ? partialMetadata(object) : object;
}

function representList(list: JsonObject, resource: Resource, form: Representation): JsonValue {
  const objects = (list.items as KubeObject[]).map((object) => inVersion(object, resource));
  if (form.as === 'object') return { ...list, items: objects };
  const { continue: next, ...rest } = list.metadata as JsonObject;
  const metadata = next === '' || next === undefined ? rest : { ...rest, continue: next };
  if (form.as === 'table') return toTable(resource, objects, metadata, form.includeObject);
  return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: objects.map(partialMetadata) };
}

/** Objects are kept in the version they were written in; without conversion only apiVersion differs. */
export function inVersion(object: KubeObject, resource: Resource): KubeObject {
  const apiVersion = apiVersionOf(resource);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

const written = new WeakMap<KubeObject, string>();

/** JSON of a stored object, made once per version of it. */
export function objectJson(object: KubeObject): string {
  let text = written.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    written.set(object, text);
  }
  return text;
}

export function write(body: JsonValue, form: Representation): { text: string; contentType: string } {
  if (form.mime === 'yaml') return { text: stringify(body, { sortMapEntries: true, indentSeq: false, version: '1.1', lineWidth: 0 }), contentType: 'application/yaml' };
  return { text: writeJson(body), contentType: 'application/json' };
}

function writeJson(body: JsonValue): string {
  if (!isJsonObject(body)) return JSON.stringify(body);
  if (Array.isArray(body.items) && isJsonObject(body.metadata)) {
    const { items, ...rest } = body;
    const texts = (items as KubeObject[]).map(objectJson);
    return `${JSON.stringify({ ...rest }).slice(0, -1)},"items":[${texts.join(',')}]}\n`;
  }
  return `${JSON.stringify(body)}\n`;
}
