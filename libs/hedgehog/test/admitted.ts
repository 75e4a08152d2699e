import fc from 'fast-check';
import { normalise, zeroOf } from '../src/normalise.ts';
import { descriptorOf } from '../src/kinds/kinds.ts';
import { isJsonObject } from '../src/resource-object.ts';
import type { Json, ResourceObject } from '../src/resource-object.ts';
import type { SchemaNode } from '../src/schema/schema-node.ts';

/**
 * The object as an API server with Hedgehog's webhooks may answer it: any part of the defaults filled in, lists without
 * order in another one, zero values and empty objects that Go adds or drops, and labels and annotations of tools.
 */
export function admitted(object: ResourceObject): fc.Arbitrary<ResourceObject> {
  const node = descriptorOf(object.kind)?.spec as SchemaNode;
  const filled = normalise(object);
  return fc.infiniteStream(fc.nat(3)).map((stream) => {
    const chance = (): boolean => stream.next().value === 0;
    return {
      ...object,
      metadata: {
        ...object.metadata,
        ...(chance() && { namespace: 'default' }),
        labels: { ...object.metadata.labels, ...(chance() && { 'fabric.githedgehog.com/added': 'x' }) },
        annotations: { ...object.metadata.annotations, ...(chance() && { 'kubectl.kubernetes.io/last-applied-configuration': '{}' }) },
      },
      spec: written((object.spec ?? {}) as Json, filled.spec, node, chance),
    };
  });
}

function written(value: Json, filled: Json | undefined, node: SchemaNode, chance: () => boolean): Json {
  if (Array.isArray(value) && node.items) {
    const items = value.map((item) => written(item, undefined, node.items as SchemaNode, chance));
    return node.listAs && chance() ? items.toReversed() : items;
  }
  if (!isJsonObject(value)) return value;
  const result: Record<string, Json> = {};
  for (const [name, child] of Object.entries(value)) {
    const childNode = node.properties?.[name] ?? node.additionalProperties;
    result[name] = childNode ? written(child, isJsonObject(filled) ? filled[name] : undefined, childNode, chance) : child;
  }
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const isAbsent = result[name] === undefined || result[name] === null;
    if (!isAbsent) continue;
    if (isJsonObject(filled) && filled[name] !== undefined && chance()) result[name] = structuredClone(filled[name]);
    else if (!child.keepZero && !node.required?.includes(name) && chance()) result[name] = structuredClone(zeroOf(child));
  }
  return result;
}
