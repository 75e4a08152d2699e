import { contentHash } from '../canonical-json.ts';
import { apiVersionOf } from '../kind-descriptor.ts';
import { MANAGED_KINDS } from '../kinds/kinds.ts';
import { normalise } from '../normalise.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { entriesAt, objectAt } from '../spec-reader.ts';
import type { AgentView } from './agent-view.ts';

/** A copy that an agent embeds, by what it hashes to. */
export interface EmbeddedCopy {
  readonly kind: string;
  readonly name: string;
  /** Equal to `specHash` of the object exactly if the agent carries the object as it is. */
  readonly specHash: string;
}

/** Hash of the normal form of a spec alone, as agents embed it: without names, labels and annotations. */
export function specHash(object: NormalisedObject): string {
  return contentHash(object.spec);
}

/**
 * All copies that an agent embeds, each normalised and hashed once, so that whoever keeps them can compare thousands of
 * objects with hundreds of agents without the bodies. Sorted by kind and name.
 */
export function copiesIn(agent: AgentView): EmbeddedCopy[] {
  const copies = MANAGED_KINDS.flatMap((descriptor) => {
    const { carriedBy, kind } = descriptor;
    if (carriedBy?.agentKind !== agent.kind) return [];
    const path = carriedBy.path.split('.').slice(1);
    const own = objectAt(agent.spec, ...path);
    const entries = carriedBy.single ? (own ? [[agent.name, own] as const] : []) : entriesAt(agent.spec, ...path);
    return entries.map(([name, spec]) => {
      const object = normalise({ apiVersion: apiVersionOf(descriptor), kind, metadata: { name }, spec });
      return { kind, name, specHash: specHash(object) };
    });
  });
  return copies.toSorted((a, b) => a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));
}
