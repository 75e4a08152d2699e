import { isJsonObject, type JsonObject, type JsonValue } from '../kube-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { deducedNode } from '../schema/schema-node.ts';

/** The path element of an item of a list that merges as a set or a map. */
export function listElement(item: JsonValue, node: SchemaNode): string {
  if (node.listType === 'set' || !isJsonObject(item)) return `v:${JSON.stringify(item)}`;
  const key: JsonObject = {};
  for (const name of [...node.keys].sort()) key[name] = item[name] ?? null;
  return `k:${JSON.stringify(key)}`;
}

/** How a value merges: what its schema says, or what its form suggests where there is none. */
export function mergeShape(value: JsonValue | undefined, node: SchemaNode): 'map' | 'list' | 'leaf' {
  if (node.shape === 'map') return node.atomic ? 'leaf' : 'map';
  if (node.shape === 'list') return node.listType === 'atomic' ? 'leaf' : 'list';
  if (node.shape === 'deduced' && isJsonObject(value)) return 'map';
  return 'leaf';
}

export function fieldNode(node: SchemaNode, key: string): SchemaNode {
  return node.fields.get(key) ?? node.element ?? deducedNode;
}
