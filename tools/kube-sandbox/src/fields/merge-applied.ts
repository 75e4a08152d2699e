import { isJsonObject, type JsonObject, type JsonValue } from '../kube-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { fieldElement, type FieldSet } from './field-set.ts';
import { fieldNode, listElement, mergeShape } from './list-element.ts';

/** Lays the applied value over the live one: structs and maps by key, sets and list-maps by item, all else whole. */
export function mergeApplied(live: JsonValue | undefined, applied: JsonValue, node: SchemaNode): JsonValue {
  const shape = mergeShape(applied, node);
  if (shape === 'map' && isJsonObject(live) && isJsonObject(applied)) {
    const result: JsonObject = { ...live };
    for (const [key, value] of Object.entries(applied)) {
      if (value !== undefined) result[key] = mergeApplied(live[key], value, fieldNode(node, key));
    }
    return result;
  }
  if (shape === 'list' && Array.isArray(live) && Array.isArray(applied) && node.element !== undefined) {
    return mergeList(live, applied, node, node.element);
  }
  return applied;
}

function mergeList(live: JsonValue[], applied: JsonValue[], node: SchemaNode, element: SchemaNode): JsonValue[] {
  const incoming = new Map(applied.map((item) => [listElement(item, node), item]));
  const result = live.map((item) => {
    const key = listElement(item, node);
    const over = incoming.get(key);
    incoming.delete(key);
    return over === undefined ? item : mergeApplied(item, over, element);
  });
  return [...result, ...incoming.values()];
}

/** The value without the fields of `taken`. A collection that loses all of its content becomes null, as upstream. */
export function withoutFields(value: JsonValue, taken: FieldSet, node: SchemaNode): JsonValue {
  const shape = mergeShape(value, node);
  if (shape === 'map' && isJsonObject(value)) {
    const result: JsonObject = {};
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      keep(fieldElement(key), item, taken, fieldNode(node, key), (kept) => (result[key] = kept));
    }
    return Object.keys(result).length === 0 && Object.keys(value).length > 0 ? null : result;
  }
  if (shape === 'list' && Array.isArray(value) && node.element !== undefined) {
    const result: JsonValue[] = [];
    for (const item of value) keep(listElement(item, node), item, taken, node.element, (kept) => result.push(kept));
    return result.length === 0 && value.length > 0 ? null : result;
  }
  return value;
}

function keep(element: string, item: JsonValue, taken: FieldSet, node: SchemaNode, take: (kept: JsonValue) => void): void {
  if (taken.members.has(element)) return;
  const below = taken.children.get(element);
  take(below === undefined || below.isEmpty() ? item : withoutFields(item, below, node));
}
