import type { Claim } from './claim.ts';
import { descriptorOf } from './kinds/kinds.ts';
import type { NormalisedObject } from './resource-object.ts';

/** Everything that the object takes for itself; empty for kinds that Heddle does not manage. */
export function claimsOf(object: NormalisedObject): Claim[] {
  return descriptorOf(object.kind)?.claims?.(object) ?? [];
}
