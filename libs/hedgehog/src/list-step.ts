import { canonicalJson } from './canonical-json.ts';
import type { PathStep } from './field-path.ts';
import type { Json } from './resource-object.ts';
import type { SchemaNode } from './schema/schema-node.ts';
import { valueAt } from './spec-reader.ts';

/** How a path addresses one entry of a list: by its natural key where the list has one, else by position. */
export function listStep(item: Json | undefined, index: number, node: SchemaNode | undefined): PathStep {
  if (node?.listAs?.kind !== 'keyed') return index;
  return Object.fromEntries(node.listAs.by.map((path) => [path, keyText(valueAt(item, ...path.split('.')))]));
}

function keyText(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : canonicalJson(value);
}
