import type { IgnoreRule } from '@heddle/contracts';
import { childrenOf, comparedPart, comparisonNode, isContainer } from '../diff/merge-node.ts';
import type { Child } from '../diff/merge-node.ts';
import { below } from '../field-path.ts';
import { isJsonObject } from '../resource-object.ts';
import type { Json, JsonObject, NormalisedObject } from '../resource-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import type { ApplyBody } from '../to-apply.ts';
import { tokenMatches, tokensFor } from './ignore-pattern.ts';
import type { OwnedBy } from './without-ignored.ts';

/** Who owns the fields of the live object. */
export interface LiveOwners {
  readonly ownedBy: OwnedBy;
  /** Somebody else than Heddle owns the field. */
  readonly ownedByOthers: (path: string) => boolean;
}

/**
 * What is sent for an object that lives already, so that ignored fields stay as they live, whatever Git says: left out
 * where somebody else owns the field (a server-side apply of the same value would make Heddle a co-owner, and the other's
 * next apply a conflict); else with the live value, since a field that its only owner leaves out is removed. Within a
 * list, which is owned as one, always with the live value. An object that does not live yet is sent as Git has it.
 */
export function keepLive(body: ApplyBody, live: NormalisedObject, rules: readonly IgnoreRule[], owners: LiveOwners): ApplyBody {
  const node = comparisonNode(body.kind);
  const there = comparedPart(live) as JsonObject;
  let part: JsonObject = { metadata: { labels: { ...body.metadata.labels }, annotations: { ...body.metadata.annotations } }, spec: body.spec };
  for (const rule of rules) {
    const tokens = tokensFor(rule, body.kind, body.metadata.name);
    if (tokens) part = settle(part, there, node, tokens, '', { ...owners, speaksOf: (path) => !rule.managers || owners.ownedBy(path, rule.managers), inList: false }) as JsonObject;
  }
  const { labels, annotations } = part.metadata as { labels?: Record<string, string>; annotations?: Record<string, string> };
  return {
    ...body,
    metadata: { name: body.metadata.name, namespace: body.metadata.namespace, ...(labels && hasKeys(labels) && { labels }), ...(annotations && hasKeys(annotations) && { annotations }) },
    spec: (part.spec ?? {}) as JsonObject,
  };
}

interface Settling extends LiveOwners {
  readonly speaksOf: (path: string) => boolean;
  readonly inList: boolean;
}

function settle(written: Json, live: Json, node: SchemaNode, [token, ...rest]: readonly string[], path: string, how: Settling): Json {
  if (token === undefined || !isContainer(written, node)) return written;
  const [mine, theirs] = [childrenOf(written, node), childrenOf(live, node)];
  const keys = new Set([...mine.keys(), ...theirs.keys()]);
  const children = [...keys].flatMap((key): Child[] => {
    const [own, other] = [mine.get(key), theirs.get(key)];
    const child = (own ?? other) as Child;
    if (!tokenMatches(token, child.step)) return own ? [own] : [];
    const at = below(path, child.step);
    const further = { ...how, inList: how.inList || Array.isArray(written) };
    if (rest.length === 0) return how.speaksOf(at) ? settled(own, other, at, how) : own ? [own] : [];
    if (own) return [{ ...own, value: settle(own.value, other?.value ?? null, own.node, rest, at, further) }];
    // Git does not have the parent: made only for a field that would vanish without it, never for an entry.
    if (!other || !node.properties || !isJsonObject(other.value)) return [];
    const made = settle({}, other.value, other.node, rest, at, further);
    return isJsonObject(made) && hasKeys(made) ? [{ ...other, value: made }] : [];
  });
  return Array.isArray(written) ? children.map(({ value }) => value) : Object.fromEntries(children.map(({ step, value }) => [String(step), value]));
}

function settled(own: Child | undefined, other: Child | undefined, path: string, { inList, ownedByOthers }: Settling): Child[] {
  if (!other || (!inList && ownedByOthers(path))) return [];
  return [{ ...(own ?? other), value: structuredClone(other.value) }];
}

function hasKeys(value: object): boolean {
  return Object.keys(value).length > 0;
}
