import { RELEASES, type Release } from '@heddle/contracts';
import type { SchemaNode } from './schema-node.ts';

/** True if the node is part of the release: neither of a later one nor gone by then. */
export function isIn(node: SchemaNode, release: Release): boolean {
  const at = RELEASES.indexOf(release);
  return (node.since === undefined || at >= RELEASES.indexOf(node.since)) && (node.until === undefined || at <= RELEASES.indexOf(node.until));
}

const cache = new WeakMap<SchemaNode, Map<Release, SchemaNode>>();

/** The schema as a release has it: without the fields of later releases and those that are gone. */
export function inRelease(node: SchemaNode, release: Release): SchemaNode {
  const known = cache.get(node) ?? new Map<Release, SchemaNode>();
  cache.set(node, known);
  let result = known.get(release);
  if (!result) known.set(release, result = reduced(node, release));
  return result;
}

function reduced(node: SchemaNode, release: Release): SchemaNode {
  const properties = node.properties && Object.fromEntries(Object.entries(node.properties)
    .filter(([, child]) => isIn(child, release)).map(([name, child]) => [name, inRelease(child, release)]));
  return {
    ...node,
    ...(properties && { properties }),
    ...(node.items && { items: inRelease(node.items, release) }),
    ...(node.additionalProperties && { additionalProperties: inRelease(node.additionalProperties, release) }),
  };
}
