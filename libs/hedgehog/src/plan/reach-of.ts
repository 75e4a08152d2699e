import { canonicalJson } from '../canonical-json.ts';
import { EXTERNAL_SIDE_PREFIX, vpcPeeringSides } from '../kinds/peerings.ts';
import type { NormalisedObject } from '../resource-object.ts';
import { objectAt, textAt } from '../spec-reader.ts';

/** Two networks that a peering lets talk, and on which terms. */
export interface Reach {
  /** `a ↔ b`, in one order. */
  readonly pair: string;
  /** Of the two, one to find other peerings of the pair by. */
  readonly ends: { readonly kind: 'VPC' | 'External'; readonly name: string };
  /** The peering's kind and terms in canonical form: without its name, since the same under another name is the same reach. */
  readonly terms: string;
}

/** What a peering lets talk; nothing for other kinds, and for a peering without two sides. */
export function reachOf(object: NormalisedObject): Reach[] {
  const sides = sidesOf(object).toSorted();
  const [first, second] = sides;
  if (sides.length !== 2 || first === undefined || second === undefined) return [];
  const end = sides.find((side) => !side.startsWith(EXTERNAL_SIDE_PREFIX)) ?? first;
  const ends = end.startsWith(EXTERNAL_SIDE_PREFIX) ? { kind: 'External' as const, name: end.slice(EXTERNAL_SIDE_PREFIX.length) } : { kind: 'VPC' as const, name: end };
  return [{ pair: `${first} ↔ ${second}`, ends, terms: `${object.kind} ${canonicalJson(object.spec)}` }];
}

function sidesOf({ kind, spec }: NormalisedObject): string[] {
  switch (kind) {
    case 'VPCPeering': return vpcPeeringSides(spec);
    case 'GatewayPeering': return Object.keys(objectAt(spec, 'peering') ?? {});
    case 'ExternalPeering': {
      const [vpc, external] = [textAt(spec, 'permit', 'vpc', 'name'), textAt(spec, 'permit', 'external', 'name')];
      return vpc && external ? [vpc, `${EXTERNAL_SIDE_PREFIX}${external}`] : [];
    }
    default: return [];
  }
}
