import { descriptorOf } from '../kinds/kinds.ts';
import { listStep } from '../list-step.ts';
import { entryKey } from '../normalise.ts';
import { isJsonObject } from '../resource-object.ts';
import type { Json, JsonObject, NormalisedObject } from '../resource-object.ts';
import type { PathStep } from '../field-path.ts';
import { map, object, str } from '../schema/schema-node.ts';
import type { SchemaNode } from '../schema/schema-node.ts';

const ANYTHING: SchemaNode = { type: 'object' };

/** The schema along which objects of a kind are compared: labels, annotations and spec. */
export function comparisonNode(kind: string): SchemaNode {
  const spec = descriptorOf(kind)?.spec ?? ANYTHING;
  return object({ metadata: object({ labels: map(str()), annotations: map(str()) }), spec });
}

/** What of an object is compared. An absent object stays undefined. */
export function comparedPart(normalised: NormalisedObject | undefined): JsonObject | undefined {
  if (!normalised) return undefined;
  const { labels, annotations } = normalised.metadata;
  return { metadata: { labels: { ...labels }, annotations: { ...annotations } }, spec: normalised.spec };
}

/** One child of a container: a field, a map entry or a list entry. */
export interface Child {
  readonly step: PathStep;
  readonly node: SchemaNode;
  readonly value: Json;
}

/** True if the value has children that can be told apart and compared on their own. */
export function isContainer(value: Json | undefined, node: SchemaNode): boolean {
  return isJsonObject(value) || (Array.isArray(value) && node.listAs?.kind !== 'set');
}

/**
 * The children of a container by identity. List entries with a natural key are found by it, wherever they stand;
 * entries of other lists by position; of entries with one key the second and later get a number.
 */
export function childrenOf(value: Json | undefined, node: SchemaNode): Map<string, Child> {
  if (isJsonObject(value)) {
    return new Map(
      Object.entries(value).map(([name, child]) => [
        name,
        { step: name, node: node.properties?.[name] ?? node.additionalProperties ?? ANYTHING, value: child },
      ]),
    );
  }
  return Array.isArray(value) ? listChildren(value, node) : new Map();
}

function listChildren(items: Json[], node: SchemaNode): Map<string, Child> {
  const children = new Map<string, Child>();
  items.forEach((value, index) => {
    const base = node.listAs ? entryKey(value, node) : String(index);
    let key = base;
    let again = 1;
    while (children.has(key)) key = `${base}#${(again += 1)}`;
    const step = listStep(value, index, node);
    const numbered = again > 1 && typeof step === 'object' ? { ...step, '#': again } : step;
    children.set(key, { step: numbered, node: node.items ?? ANYTHING, value });
  });
  return children;
}
