import { isJsonObject, type JsonValue } from '../kube-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { fieldElement, FieldSet } from './field-set.ts';
import { fieldNode, listElement, mergeShape } from './list-element.ts';

/** The fields that a value holds: leaves, empty collections, items, and the keys of maps (not the named fields of structs). */
export function fieldsOf(value: JsonValue, node: SchemaNode): FieldSet {
  const set = new FieldSet();
  const shape = mergeShape(value, node);
  if (shape === 'map' && isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      const named = node.fields.has(key);
      addItem(set, fieldElement(key), item, fieldNode(node, key), !named || isEmptyMap(item));
    }
  } else if (shape === 'list' && Array.isArray(value) && node.element !== undefined) {
    for (const item of value) addItem(set, listElement(item, node), item, node.element, true);
  }
  return set;
}

function addItem(set: FieldSet, element: string, item: JsonValue, node: SchemaNode, member: boolean): void {
  const leaf = mergeShape(item, node) === 'leaf' || item === null || (Array.isArray(item) && item.length === 0);
  if (member || leaf) set.members.add(element);
  if (leaf) return;
  const below = fieldsOf(item, node);
  if (!below.isEmpty()) set.children.set(element, below);
}

function isEmptyMap(value: JsonValue): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** What a typed conversion of the applied object complains of; undefined when it fits the schema. */
export function typeFault(value: JsonValue | undefined, node: SchemaNode, path = ''): string | undefined {
  if (value === undefined || value === null || node.shape === 'deduced' || node.intOrString) return undefined;
  if (node.shape === 'map') return mapFault(value, node, path);
  if (node.shape === 'list') {
    if (!Array.isArray(value)) return `${path}: expected list, got ${goKind(value)}`;
    for (const [index, item] of value.entries()) {
      const fault = node.element && typeFault(item, node.element, `${path}[${index}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  const expected = expectedScalar(value, node.type);
  return expected === undefined ? undefined : `${path}: expected ${expected}, got ${goKind(value)}`;
}

function mapFault(value: JsonValue, node: SchemaNode, path: string): string | undefined {
  if (!isJsonObject(value)) return `${path}: expected map, got ${goKind(value)}`;
  for (const [key, item] of Object.entries(value)) {
    const field = node.fields.get(key) ?? node.element;
    if (field === undefined) {
      if (node.preserveUnknown || item === undefined) continue;
      return `${path}.${key}: field not declared in schema`;
    }
    const fault = typeFault(item, field, `${path}.${key}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function expectedScalar(value: JsonValue, type: string | undefined): string | undefined {
  if (type === 'string') return typeof value === 'string' ? undefined : 'string';
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : 'boolean';
  return typeof value === 'number' ? undefined : 'numeric (int or float)';
}

function goKind(value: JsonValue): string {
  if (Array.isArray(value)) return 'list';
  if (isJsonObject(value)) return 'map';
  return typeof value === 'number' ? 'int' : typeof value;
}
