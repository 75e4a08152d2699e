import { canonicalJson } from './canonical-json.ts';
import { descriptorOf } from './kinds/kinds.ts';
import { isJsonObject } from './resource-object.ts';
import type { Json, JsonObject, NormalisedObject, ResourceObject } from './resource-object.ts';
import { valueAt } from './spec-reader.ts';
import type { SchemaNode } from './schema/schema-node.ts';

/**
 * Rises with every change of the normal form; stored beside hashes, which are comparable within one version only. Stored
 * objects are then normalised again from what is stored: a version that keeps what an earlier one dropped sees it in live
 * objects only when the cluster is listed again.
 */
export const NORMALISER_VERSION = 1;

/** What the normaliser needs to know beside the object. */
export interface NormaliseContext {
  /** Namespace of objects that name none; Hedgehog takes only `default`. */
  readonly namespace?: string;
}

/** Labels of Hedgehog's own groups are wiped and computed anew by its webhooks: nothing that Git says of them lasts. */
const FABRIC_LABEL = /githedgehog\.com\//;
const TOOL_ANNOTATION = /^(kubectl\.kubernetes\.io\/last-applied-configuration$|heddle(\.[a-z0-9.-]+)?\/|hnp\.githedgehog\.com\/)/;

/**
 * The normal form of an object from Git or from the API server: defaults filled in as Hedgehog's webhooks do, lists
 * without order sorted, zero values and empty objects that Go drops or adds left out, foreign bookkeeping removed.
 * Never throws on wrong types: what it can't read it keeps, so that the schema check reports it. Idempotent; the given
 * object is not changed. Unknown fields are kept, and unknown kinds keep their spec as it is.
 */
export function normalise(object: ResourceObject, context: NormaliseContext = {}): NormalisedObject {
  const descriptor = descriptorOf(object.kind);
  const spec = isJsonObject(object.spec) ? object.spec : {};
  // Pruning copies every object and list that the schema knows, so that defaults never reach the given one.
  const pruned = descriptor?.spec ? pruneFields(spec, descriptor.spec) : structuredClone(spec);
  descriptor?.applyDefaults?.(pruned);
  const labels = kept(object.metadata.labels, FABRIC_LABEL);
  const annotations = kept(object.metadata.annotations, TOOL_ANNOTATION);
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name: object.metadata.name,
      namespace: object.metadata.namespace || context.namespace || 'default',
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec: descriptor?.spec ? pruneFields(pruned, descriptor.spec) : pruned,
  };
}

function kept(entries: Record<string, string> | null | undefined, unwanted: RegExp): Record<string, string> | undefined {
  const wanted = Object.entries(entries ?? {}).filter(([key]) => !unwanted.test(key));
  return wanted.length > 0 ? Object.fromEntries(wanted) : undefined;
}

/** The value without fields that Go would drop, with lists in canonical order. */
function prune(value: Json, node: SchemaNode): Json {
  if (node.type === 'array' && Array.isArray(value) && node.items) return orderList(value.map((item) => pruneItem(item, node.items)), node);
  if (!isJsonObject(value)) return value;
  if (node.additionalProperties) return pruneMap(value, node.additionalProperties);
  return node.properties ? pruneFields(value, node) : value;
}

function pruneItem(item: Json, node: SchemaNode | undefined): Json {
  if (!node) return item;
  return prune(item === null ? zeroOf(node) : item, node);
}

/** What Go reads an empty entry of a map or list as: `vpc-1:` means `vpc-1: {}`. */
export function zeroOf(node: SchemaNode): Json {
  const zeros = { object: {}, array: [], string: '', integer: 0, boolean: false };
  return zeros[node.type];
}

/** Entries of a map stay, however empty. */
function pruneMap(entries: JsonObject, node: SchemaNode): JsonObject {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, pruneItem(value, node)]));
}

function pruneFields(object: JsonObject, node: SchemaNode): JsonObject {
  const fields = Object.entries(object).flatMap(([name, value]): [string, Json][] => {
    const child = node.properties?.[name];
    if (!child) return [[name, value]];
    if (value === null) return [];
    const pruned = prune(value, child);
    const stays = child.keepZero || node.required?.includes(name) || !isZero(pruned, child);
    return stays ? [[name, pruned]] : [];
  });
  return Object.fromEntries(fields);
}

function isZero(value: Json, node: SchemaNode): boolean {
  switch (node.type) {
    case 'array':
      return Array.isArray(value) && value.length === 0;
    case 'object':
      return isJsonObject(value) && Object.keys(value).length === 0;
    case 'string':
      return value === '';
    case 'integer':
      return value === 0;
    case 'boolean':
      return value === false;
    default:
      return node.type satisfies never;
  }
}

function orderList(items: Json[], node: SchemaNode): Json[] {
  if (!node.listAs) return items;
  const keyed = items.map((item) => ({ item, key: entryKey(item, node), text: canonicalJson(item) }));
  keyed.sort((a, b) => compare(a.key, b.key) || compare(a.text, b.text));
  return keyed.map(({ item }) => item);
}

/** The identity of a list entry as text: its natural key, or the whole value of a set's entry. */
export function entryKey(item: Json, node: SchemaNode): string {
  if (node.listAs?.kind === 'keyed') return canonicalJson(node.listAs.by.map((path) => valueAt(item, ...path.split('.')) ?? null));
  return canonicalJson(item);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
