import type { FieldChange } from '@heddle/contracts';
import { below } from '../field-path.ts';
import type { Json, NormalisedObject } from '../resource-object.ts';
import { sameJson } from '../same-json.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { childrenOf, comparedPart, comparisonNode, isContainer } from './merge-node.ts';

/**
 * The fields in which two normalised objects of one kind differ, as deep as both sides go, sorted by path.
 * Entries of lists are matched by their natural keys. A side that lacks a field has no `from` or `to`; for an absent
 * object the one change has the path `''`. Empty exactly if the two are equal.
 */
export function diffNormalised(from: NormalisedObject | undefined, to: NormalisedObject | undefined): FieldChange[] {
  const kind = (to ?? from)?.kind ?? '';
  const changes: FieldChange[] = [];
  collect(comparedPart(from), comparedPart(to), comparisonNode(kind), '', changes);
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function collect(from: Json | undefined, to: Json | undefined, node: SchemaNode, path: string, changes: FieldChange[]): void {
  if (!isContainer(from, node) || !isContainer(to, node) || Array.isArray(from) !== Array.isArray(to)) {
    if (!sameJson(from, to)) changes.push({ path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) });
    return;
  }
  const left = childrenOf(from, node);
  const right = childrenOf(to, node);
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const a = left.get(key);
    const b = right.get(key);
    const child = a ?? b;
    if (child) collect(a?.value, b?.value, child.node, below(path, child.step), changes);
  }
}
