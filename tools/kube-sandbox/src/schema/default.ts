import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import type { SchemaNode } from './schema-node.ts';

/** Fills in defaults in what is present and drops nulls where the schema allows none. Shares what it does not change. */
export function defaultObject(object: KubeObject, root: SchemaNode): KubeObject {
  return defaultMap(object, root) as KubeObject;
}

function defaultValue(value: JsonValue, node: SchemaNode): JsonValue {
  if (Array.isArray(value)) {
    const element = node.element;
    if (element === undefined) return value;
    let changed = false;
    const list = value.map((item) => {
      const next = defaultValue(item, element);
      changed ||= next !== item;
      return next;
    });
    return changed ? list : value;
  }
  return isJsonObject(value) ? defaultMap(value, node) : value;
}

function defaultMap(map: JsonObject, node: SchemaNode): JsonObject {
  let result: JsonObject | undefined;
  for (const key of Object.keys(map)) {
    const value = map[key];
    const field = node.fields.get(key) ?? node.element;
    if (value === undefined || field === undefined) continue;
    if (value === null) {
      if (field.nullable || field.shape === 'deduced') continue;
      result ??= { ...map };
      delete result[key];
      continue;
    }
    const next = defaultValue(value, field);
    if (next !== value) {
      result ??= { ...map };
      result[key] = next;
    }
  }
  if (!node.defaults) return result ?? map;
  for (const [name, field] of node.fields) {
    if (field.defaultValue === undefined || (result ?? map)[name] !== undefined) continue;
    result ??= { ...map };
    result[name] = defaultValue(field.defaultValue, field);
  }
  return result ?? map;
}
