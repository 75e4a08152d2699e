import type { DriftField, DriftView, FieldManager } from '@heddle/contracts';
import { contentHash, type NormalisedObject, threeWay } from '@heddle/hedgehog';
import type { ResourceFacts } from '../resources/resource-facts.ts';
import { writerOfField } from './manager-of-field.ts';

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
export function resolutionOf({ desiredHash, desiredFullHash, liveHash, liveFullHash, drift }: ResourceFacts): 'reverted' | 'converged' | 'superseded' | 'ignored' {
  if (desiredHash === null) return 'superseded';
  if (liveHash === desiredHash && (desiredFullHash ?? null) !== (liveFullHash ?? null)) return 'ignored';
  if (drift?.state === 'reverting') return 'reverted';
  return drift?.liveHash === liveHash ? 'superseded' : 'converged';
}

/**
 * The fields that live has by somebody else's hand, and who wrote them; what only Git changed since Heddle applied the
 * object last is none. Where Git changed the field as well, to something else, it is a conflict.
 */
export function driftFields(desired: NormalisedObject, live: NormalisedObject | undefined, base: NormalisedObject, managers: readonly FieldManager[]): DriftField[] {
  return threeWay(base, desired, live).filter(({ change }) => change === 'live' || change === 'conflict').map((field) => ({
    path: field.path,
    ...('git' in field && { desired: field.git }),
    ...('live' in field && { live: field.live }),
    ...writerOfField(field.path, managers),
    ...(field.change === 'conflict' && { conflict: true, ...('base' in field && { base: field.base }) }),
  }));
}

/** By which a drift is known to be the same as before: what differs, not who wrote it when. */
export function fieldsHash(type: DriftView['type'], fields: readonly DriftField[]): string {
  return contentHash([type, fields.map(({ path, desired, live, conflict = false }) => [path, desired === undefined ? [] : [desired], live === undefined ? [] : [live], conflict])]);
}

/** Switches and cabling touch everything on them; labels touch nothing. */
const WIRING_KINDS = new Set(['Switch', 'SwitchGroup', 'Connection', 'VLANNamespace', 'IPv4Namespace', 'Gateway', 'GatewayGroup']);

export function severityOf(kind: string, type: DriftView['type'], fields: readonly DriftField[]): DriftView['severity'] {
  if (type === 'deleted' || fields.some(({ conflict }) => conflict)) return 'critical';
  if (fields.every(({ path }) => path.startsWith('metadata'))) return 'low';
  return WIRING_KINDS.has(kind) ? 'high' : 'medium';
}
