import { isJsonObject, jsonEquals, type JsonValue } from '../kube-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { fieldElement, FieldSet } from './field-set.ts';
import { fieldNode, listElement, mergeShape } from './list-element.ts';

export interface FieldChanges {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** Which fields differ between two values of a schema, as structured-merge-diff compares them. */
export function compareFields(before: JsonValue | undefined, after: JsonValue | undefined, node: SchemaNode): FieldChanges {
  const changes: FieldChanges = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  compareBelow(before, after, node, changes);
  return changes;
}

/** Compares the children of a value that is not a leaf; a leaf is judged by its parent. */
function compareBelow(before: JsonValue | undefined, after: JsonValue | undefined, node: SchemaNode, changes: FieldChanges): void {
  const shape = mergeShape(after ?? before, node);
  if (shape === 'map') {
    const left = isJsonObject(before) ? before : {};
    const right = isJsonObject(after) ? after : {};
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      compareAt(fieldElement(key), left[key], right[key], fieldNode(node, key), changes);
    }
  } else if (shape === 'list') {
    const element = node.element;
    if (element === undefined) return;
    const left = byElement(before, node);
    const right = byElement(after, node);
    for (const key of new Set([...left.keys(), ...right.keys()])) compareAt(key, left.get(key), right.get(key), element, changes);
  }
}

function compareAt(
  element: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  node: SchemaNode,
  changes: FieldChanges,
): void {
  if (before === after) return;
  if (before === undefined) changes.added.members.add(element);
  else if (after === undefined) changes.removed.members.add(element);
  if (isLeaf(before, after, node)) {
    if (before !== undefined && after !== undefined && !jsonEquals(before, after)) changes.modified.members.add(element);
    return;
  }
  const below: FieldChanges = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  compareBelow(before, after, node, below);
  for (const kind of ['added', 'modified', 'removed'] as const) {
    if (!below[kind].isEmpty()) changes[kind].children.set(element, below[kind]);
  }
}

function isLeaf(before: JsonValue | undefined, after: JsonValue | undefined, node: SchemaNode): boolean {
  if (mergeShape(after ?? before, node) === 'leaf') return true;
  return isBlank(before) && isBlank(after);
}

/** An empty or missing collection is a leaf, so that empty and null stay told apart. */
function isBlank(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

function byElement(list: JsonValue | undefined, node: SchemaNode): Map<string, JsonValue> {
  return new Map(Array.isArray(list) ? list.map((item) => [listElement(item, node), item]) : []);
}
