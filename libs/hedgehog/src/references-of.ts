import { descriptorOf } from './kinds/kinds.ts';
import type { Reference } from './reference.ts';
import type { NormalisedObject } from './resource-object.ts';

/** Everything that the object names, in the order of its fields; empty for kinds that Heddle does not manage. */
export function referencesOf(object: NormalisedObject): Reference[] {
  return descriptorOf(object.kind)?.references?.(object) ?? [];
}
