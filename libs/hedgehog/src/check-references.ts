import type { Finding } from '@heddle/contracts';
import { referencesOf } from './references-of.ts';
import type { Reference } from './reference.ts';
import type { NormalisedObject } from './resource-object.ts';

/**
 * Says whether an object, or with `part` something inside it, exists. Undefined: not known (a kind that is not
 * observed, ports of a profile that is not there), which is no finding.
 */
export type Exists = (kind: string, name: string, part?: string) => boolean | undefined;

/** One finding for each named object or part of it that does not exist, or that Git has dropped and that goes with the next sync. */
export function checkReferences(object: NormalisedObject, exists: Exists, isLeaving?: (kind: string, name: string) => boolean): Finding[] {
  const seen = new Set<string>();
  return referencesOf(object).flatMap((reference) => {
    const finding = missing(reference, exists, isLeaving);
    const identity = `${finding?.rule} ${finding?.message}`;
    if (!finding || seen.has(identity)) return [];
    seen.add(identity);
    return [{ ...finding, kind: object.kind, name: object.metadata.name }];
  });
}

function missing({ field, toKind, toName, toPart }: Reference, exists: Exists, isLeaving?: (kind: string, name: string) => boolean): Finding | undefined {
  if (exists(toKind, toName) === false) {
    return {
      rule: 'reference-missing',
      severity: 'error',
      field,
      message: `${toKind} ${toName} does not exist`,
      remedy: toKind === 'SwitchProfile' ? 'Name a switch profile of this fabric' : `Add ${toKind} ${toName}, or correct the name`,
    };
  }
  if (isLeaving?.(toKind, toName) === true) {
    return {
      rule: 'reference-dropped',
      severity: 'error',
      field,
      message: `${toKind} ${toName} is no longer in Git, and is still named here`,
      remedy: `Put ${toKind} ${toName} back, or take out what names it in the same commit`,
    };
  }
  if (toPart === undefined || exists(toKind, toName, toPart) !== false) return undefined;
  const part = toKind === 'VPC' ? 'subnet' : toKind === 'Gateway' ? 'interface' : 'port';
  return {
    rule: 'reference-part-missing',
    severity: 'error',
    field,
    message: `${toKind} ${toName} has no ${part} ${toPart}`,
    remedy: `Add ${part} ${toPart} to ${toKind} ${toName}, or correct the name`,
  };
}
