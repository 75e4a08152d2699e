import { below } from '../field-path.ts';
import type { Json, NormalisedObject } from '../resource-object.ts';
import { sameJson } from '../same-json.ts';
import type { SchemaNode } from '../schema/schema-node.ts';
import { childrenOf, comparedPart, comparisonNode, isContainer } from './merge-node.ts';

/** A field on which base, Git and live do not all agree. An absent side has no key. */
export interface ThreeWayField {
  readonly path: string;
  readonly base?: Json;
  readonly git?: Json;
  readonly live?: Json;
  /**
   * Who changed the field since the base: `git`, `live`, both to the same (`both-same`), or both differently (`conflict`).
   */
  readonly change: 'git' | 'live' | 'both-same' | 'conflict';
}

interface Sides {
  readonly base: Json | undefined;
  readonly git: Json | undefined;
  readonly live: Json | undefined;
}

/**
 * Tells field by field who changed what since Git and live last agreed. A side whose object is absent is undefined:
 * it then counts as deleted or not yet made. Without a base every field that both have and differ in is a conflict.
 * Sorted by path.
 */
export function threeWay(
  base: NormalisedObject | undefined,
  git: NormalisedObject | undefined,
  live: NormalisedObject | undefined,
): ThreeWayField[] {
  const kind = (git ?? live ?? base)?.kind ?? '';
  const fields: ThreeWayField[] = [];
  const sides = { base: comparedPart(base), git: comparedPart(git), live: comparedPart(live) };
  collect(sides, comparisonNode(kind), '', fields);
  return fields.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function collect(sides: Sides, node: SchemaNode, path: string, fields: ThreeWayField[]): void {
  const change = changeOf(sides);
  if (change === undefined) return;
  const bothMade = sides.base === undefined && change === 'both-same';
  if (bothMade || !descends(sides, node)) {
    fields.push({ path, ...present(sides), change });
    return;
  }
  const base = childrenOf(sides.base, node);
  const git = childrenOf(sides.git, node);
  const live = childrenOf(sides.live, node);
  for (const key of new Set([...base.keys(), ...git.keys(), ...live.keys()])) {
    const child = git.get(key) ?? live.get(key) ?? base.get(key);
    if (!child) continue;
    const values = { base: base.get(key)?.value, git: git.get(key)?.value, live: live.get(key)?.value };
    collect(values, child.node, below(path, child.step), fields);
  }
}

/** Undefined if all three agree. */
function changeOf({ base, git, live }: Sides): ThreeWayField['change'] | undefined {
  const gitChanged = !sameJson(base, git);
  const liveChanged = !sameJson(base, live);
  if (!gitChanged && !liveChanged) return undefined;
  if (gitChanged && liveChanged) return sameJson(git, live) ? 'both-same' : 'conflict';
  return gitChanged ? 'git' : 'live';
}

/**
 * A removed entry stays whole: its parts would otherwise look like many small changes. So does what both made, one of
 * them empty: its parts would not tell that it was made.
 */
function descends({ base, git, live }: Sides, node: SchemaNode): boolean {
  const there = base === undefined ? [git, live] : [base, git, live];
  if (base === undefined && there.some((value) => childrenOf(value, node).size === 0)) return false;
  return there.every((value) => isContainer(value, node)) && new Set(there.map((value) => Array.isArray(value))).size === 1;
}

function present({ base, git, live }: Sides): Omit<ThreeWayField, 'path' | 'change'> {
  return {
    ...(base === undefined ? {} : { base }),
    ...(git === undefined ? {} : { git }),
    ...(live === undefined ? {} : { live }),
  };
}
