import type { IgnoreRule } from '@heddle/contracts';
import { below } from '../field-path.ts';
import { childrenOf, comparisonNode, isContainer } from '../diff/merge-node.ts';
import type { Child } from '../diff/merge-node.ts';
import { isJsonObject } from '../resource-object.ts';
import type { Json, JsonObject, NormalisedObject } from '../resource-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { tokenMatches, tokensFor } from './ignore-pattern.ts';

/** Whether one of the managers wrote the live value of the field, as managedFields tell. */
export type OwnedBy = (path: string, managers: readonly string[]) => boolean;

/**
 * The normal form without the fields that ignore rules name: what is compared where a fabric has such rules. Two objects
 * that differ in ignored fields alone are equal by it; what holds nothing but ignored fields goes with them. Rules that
 * name managers speak only where `ownedBy` says so; without it, of nothing. The object itself when nothing is ignored.
 */
export function withoutIgnored(object: NormalisedObject, rules: readonly IgnoreRule[], ownedBy?: OwnedBy): NormalisedObject {
  const { kind, metadata } = object;
  const node = comparisonNode(kind);
  const whole: JsonObject = { metadata: { ...present('labels', metadata.labels), ...present('annotations', metadata.annotations) }, spec: object.spec };
  let part = whole;
  for (const { tokens, managers } of rules.flatMap((rule) => ({ tokens: tokensFor(rule, kind, metadata.name), managers: rule.managers }))) {
    if (!tokens) continue;
    part = cut(part, node, tokens, '', (path) => !managers || ownedBy?.(path, managers) === true) as JsonObject;
  }
  if (part === whole) return object;
  const { labels, annotations } = (part.metadata ?? {}) as { labels?: Record<string, string>; annotations?: Record<string, string> };
  return {
    ...object,
    metadata: { name: metadata.name, namespace: metadata.namespace, ...present('labels', labels), ...present('annotations', annotations) },
    spec: isJsonObject(part.spec) ? part.spec : {},
  };
}

function present<Name extends string>(name: Name, entries: Record<string, string> | undefined): Partial<Record<Name, Record<string, string>>> {
  return entries && Object.keys(entries).length > 0 ? { [name]: entries } as Record<Name, Record<string, string>> : {};
}

/** The value without what the tokens name; the very same value when that is nothing. */
function cut(value: Json, node: SchemaNode, [token, ...rest]: readonly string[], path: string, isIgnored: (path: string) => boolean): Json {
  if (token === undefined || !isContainer(value, node)) return value;
  const before = [...childrenOf(value, node).values()];
  const after = before.flatMap((child): Child[] => {
    if (!tokenMatches(token, child.step)) return [child];
    const at = below(path, child.step);
    if (rest.length === 0) return isIgnored(at) ? holeFor(child) : [child];
    const left = cut(child.value, child.node, rest, at, isIgnored);
    if (left === child.value) return [child];
    return isEmpty(left) && goesWhenEmpty(child, node) ? [] : [{ ...child, value: left }];
  });
  if (after.length === before.length && after.every((child, index) => child === before[index])) return value;
  return Array.isArray(value) ? withoutTail(after.map((child) => child.value)) : Object.fromEntries(after.map((child) => [String(child.step), child.value]));
}

/** An entry that is told by its position leaves a hole, so that those after it keep theirs. */
function holeFor(child: Child): Child[] {
  if (typeof child.step !== 'number') return [];
  return [child.value === null ? child : { ...child, value: null }];
}

function withoutTail(items: Json[]): Json[] {
  return items.slice(0, items.findLastIndex((item) => item !== null) + 1);
}

function isEmpty(value: Json): boolean {
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

/** As in the normal form: an empty field means nothing unless it is a pointer or required; an empty entry is an entry. */
function goesWhenEmpty({ step, node }: Child, parent: SchemaNode): boolean {
  if (typeof step !== 'string' || !parent.properties?.[step]) return false;
  return !node.keepZero && !parent.required?.includes(step);
}
