import { descriptorOf } from './kinds/kinds.ts';
import type { ImmutableField } from './kind-descriptor.ts';
import type { NormalisedObject } from './resource-object.ts';
import { sameJson } from './same-json.ts';
import { valueAt } from './spec-reader.ts';

/**
 * The fields that a change from `current` to `wanted` touches although Hedgehog refuses to change them on an existing
 * object: the change must be planned as delete and create. Empty if it can be applied in place.
 */
export function changesImmutable(current: NormalisedObject, wanted: NormalisedObject): ImmutableField[] {
  return (descriptorOf(wanted.kind)?.immutable ?? []).filter(({ path, what }) => {
    const steps = path.split('.').slice(1);
    const [before, after] = [valueAt(current.spec, ...steps), valueAt(wanted.spec, ...steps)];
    return what === 'presence' ? (before === undefined) !== (after === undefined) : !sameJson(before, after);
  });
}
