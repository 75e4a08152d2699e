import { descriptorOf } from './kinds/kinds.ts';
import { normalise, zeroOf } from './normalise.ts';
import { isJsonObject } from './resource-object.ts';
import type { Json, JsonObject, ResourceObject } from './resource-object.ts';
import type { SchemaNode } from './schema/schema-node.ts';

/** The body of a server-side apply. */
export interface ApplyBody {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: JsonObject;
}

/**
 * What is sent to the API server: the object as written in Git, so that Heddle owns exactly the fields that Git has.
 * Left out are fields that only the server may write and the bookkeeping that `normalise` ignores; added are the
 * namespace and fields without which the schema would refuse the object before Hedgehog's webhook fills them in.
 */
export function toApply(object: ResourceObject): ApplyBody {
  const { apiVersion, kind, metadata, spec } = normalise(object);
  const node = descriptorOf(kind)?.spec;
  const written = isJsonObject(object.spec) ? object.spec : {};
  return { apiVersion, kind, metadata: { ...metadata }, spec: node ? completed(written, spec, node) : structuredClone(written) };
}

/** The written value with nulls resolved and with required fields taken from the normal form. */
function completed(written: JsonObject, normal: JsonObject, node: SchemaNode): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(written)) {
    const child = node.properties?.[name] ?? node.additionalProperties;
    const resolved = resolveNull(value, node.additionalProperties);
    if (resolved === undefined) continue;
    result[name] = child ? completedValue(resolved, normal[name], child) : structuredClone(resolved);
  }
  for (const name of node.required ?? []) {
    const value = normal[name];
    if (result[name] === undefined && value !== undefined) result[name] = structuredClone(value);
  }
  return result;
}

/** A null field means absence; a null entry of a map means what Go reads it as. */
function resolveNull(value: Json, entryNode: SchemaNode | undefined): Json | undefined {
  if (value !== null) return value;
  return entryNode ? zeroOf(entryNode) : undefined;
}

function completedValue(written: Json, normal: Json | undefined, node: SchemaNode): Json {
  const items = node.items;
  if (Array.isArray(written) && items) return written.map((item) => completedValue(item ?? zeroOf(items), undefined, items));
  if (isJsonObject(written)) return completed(written, isJsonObject(normal) ? normal : {}, node);
  return structuredClone(written);
}
