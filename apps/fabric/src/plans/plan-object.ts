import type { NormalisedObject } from '@heddle/hedgehog';

/** A version of an object: what it hashes to, and its body. */
export interface Version {
  hash: string;
  object: NormalisedObject;
}

/** The object as the API server has it. */
export interface LiveVersion extends Version {
  uid: string;
  resourceVersion: string;
  /** managedFields show heddle. */
  managed: boolean;
  /** Deleted already, and held by finalizers. */
  deleting: boolean;
  /** Other managers that own fields of spec, labels or annotations. */
  foreignManagers: string[];
}

/** All that a plan knows of one object. Only objects where desired, live and base are not all equal are given. */
export interface PlanObject {
  kind: string;
  name: string;
  desired: (Version & { rawHash: string }) | null;
  live: LiveVersion | null;
  /** Hash of what Heddle applied last; null: Heddle never managed it. */
  baseHash: string | null;
  /** Its document can't be read, or stands twice: desired is its last good version. */
  held: boolean;
  /** What somebody else did to it and nobody has decided on; `conflicts`: fields that Git changed as well. */
  drift?: { conflicts: readonly string[] } | null;
  /** Rule ids of its findings of severity error. */
  errors: string[];
  /** Objects that Git has and that name this one, which Git has no more; the first of them. */
  neededBy?: readonly string[];
  /** Switches that carry it, as far as known. */
  switches?: string[];
}

/** The inventory: Heddle applied it, and the API server says so as well. Nothing else is ever deleted. */
export function inInventory({ baseHash, live }: PlanObject): boolean {
  return baseHash !== null && live !== null && live.managed;
}

/** Heddle has applied what Git has; what is different now, somebody else did. */
export function isDrifted({ desired, live, baseHash }: PlanObject): boolean {
  return desired !== null && baseHash === desired.hash && live?.hash !== desired.hash;
}

export function objectKey({ kind, name }: { kind: string; name: string }): string {
  return `${kind}/${name}`;
}
