import { compareKeys, isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube-object.ts';
import { objectMetaNode, type SchemaNode } from './schema-node.ts';

export interface Pruned {
  object: KubeObject;
  /** Paths of the fields that were dropped, metadata's first, then in order of their names. */
  unknown: string[];
}

/** Drops what the schema does not know. Returns the same object where nothing was dropped. */
export function pruneObject(object: KubeObject, root: SchemaNode): Pruned {
  const unknown: string[] = [];
  const metadata = pruneValue(object.metadata, objectMetaNode, 'metadata', unknown) as KubeObject['metadata'];
  const pruned = pruneMap(object, root, '', unknown, 'metadata') as KubeObject;
  return { object: metadata === object.metadata ? pruned : { ...pruned, metadata }, unknown };
}

function pruneValue(value: JsonValue, node: SchemaNode, path: string, unknown: string[]): JsonValue {
  if (Array.isArray(value)) return node.element === undefined ? value : pruneList(value, node.element, path, unknown);
  if (isJsonObject(value)) {
    if (node.intOrString || (node.shape === 'deduced' && node.fields.size === 0)) return value;
    return pruneMap(value, node, path, unknown);
  }
  return value;
}

function pruneList(list: JsonValue[], element: SchemaNode, path: string, unknown: string[]): JsonValue[] {
  let changed = false;
  const result = list.map((item, index) => {
    const pruned = pruneValue(item, element, `${path}[${index}]`, unknown);
    changed ||= pruned !== item;
    return pruned;
  });
  return changed ? result : list;
}

function pruneMap(map: JsonObject, node: SchemaNode, path: string, unknown: string[], except?: string): JsonObject {
  let result: JsonObject | undefined;
  for (const key of Object.keys(map).sort(compareKeys)) {
    const value = map[key];
    if (value === undefined || key === except) continue;
    const field = node.fields.get(key) ?? node.element;
    const at = path === '' ? key : `${path}.${key}`;
    if (field === undefined) {
      if (node.preserveUnknown) continue;
      unknown.push(at);
      result ??= { ...map };
      delete result[key];
      continue;
    }
    const pruned = pruneValue(value, field, at, unknown);
    if (pruned !== value) {
      result ??= { ...map };
      result[key] = pruned;
    }
  }
  return result ?? map;
}
