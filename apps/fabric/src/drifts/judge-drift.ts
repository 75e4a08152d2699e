import type { DriftField, DriftView, FieldChange, FieldManager } from '@heddle/contracts';
import { diffNormalised, type NormalisedObject } from '@heddle/hedgehog';
import type { ResourceFacts } from '../resources/resource-facts.ts';
import { managerOfField } from './manager-of-field.ts';

/**
 * Whether somebody else changed or deleted what Heddle applied: live is neither what Heddle applied last nor what Git
 * asks for now. `undecided` while an operation writes the object: its own write would look like somebody else's.
 */
export function judgeDrift({ desiredHash, liveHash, baseHash, inFlight, deletingSince }: ResourceFacts): DriftView['type'] | 'none' | 'undecided' {
  if (inFlight) return 'undecided';
  if (desiredHash === null || baseHash === null) return 'none';
  if (liveHash === null || deletingSince) return 'deleted';
  return liveHash === baseHash || liveHash === desiredHash ? 'none' : 'changed';
}

/** How an open drift ended when it is one no longer. */
export function resolutionOf({ desiredHash, liveHash, drift }: ResourceFacts): 'reverted' | 'converged' | 'superseded' {
  if (desiredHash === null) return 'superseded';
  if (drift?.state === 'reverting') return 'reverted';
  return drift?.liveHash === liveHash ? 'superseded' : 'converged';
}

/** The fields in which live differs from desired by somebody else's hand, and who wrote them. */
export function driftFields(desired: NormalisedObject, live: NormalisedObject | undefined, base: NormalisedObject, managers: readonly FieldManager[]): DriftField[] {
  const foreign = diffNormalised(base, live).map(({ path }) => path);
  return diffNormalised(desired, live)
    .filter(({ path }) => foreign.some((other) => overlaps(path, other)))
    .map((change: FieldChange) => ({
      path: change.path,
      ...('from' in change && { desired: change.from }),
      ...('to' in change && { live: change.to }),
      manager: managerOfField(change.path, managers),
    }));
}

/** Switches and cabling touch everything on them; labels touch nothing. */
const WIRING_KINDS = new Set(['Switch', 'SwitchGroup', 'Connection', 'VLANNamespace', 'IPv4Namespace', 'Gateway', 'GatewayGroup']);

export function severityOf(kind: string, type: DriftView['type'], fields: readonly DriftField[]): DriftView['severity'] {
  if (type === 'deleted') return 'critical';
  if (fields.every(({ path }) => path.startsWith('metadata'))) return 'low';
  return WIRING_KINDS.has(kind) ? 'high' : 'medium';
}

function overlaps(a: string, b: string): boolean {
  return a === b || b === '' || a.startsWith(`${b}.`) || a.startsWith(`${b}[`) || b.startsWith(`${a}.`) || b.startsWith(`${a}[`);
}
