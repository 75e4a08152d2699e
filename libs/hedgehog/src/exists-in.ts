import type { Exists } from './check-references.ts';
import type { Lookup } from './lookup.ts';
import type { NormalisedObject } from './resource-object.ts';

/** Answers from what is at hand. @param isWhole whether the object would be there if it existed; where not, nothing is said of it */
export function existsIn(lookup: Lookup, isWhole: (kind: string, name: string) => boolean): Exists {
  return (kind, name, part) => {
    const object = lookup.get(kind, name);
    if (!object) return isWhole(kind, name) ? false : undefined;
    return part === undefined ? true : partOf(object, part);
  };
}

/** Whether an object has a part that others name: a subnet, an interface. Undefined: parts of this kind are checked by rules. */
function partOf({ kind, spec }: NormalisedObject, part: string): boolean | undefined {
  const parts = kind === 'VPC' ? spec['subnets'] : kind === 'Gateway' ? spec['interfaces'] : undefined;
  return typeof parts === 'object' && parts !== null ? Object.hasOwn(parts, part) : undefined;
}
