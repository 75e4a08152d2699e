import type { Lookup } from './lookup.ts';
import { referencesOf } from './references-of.ts';
import type { NormalisedObject } from './resource-object.ts';

/** A lookup over objects in memory; the later of two with one kind and name counts. */
export function lookupOf(objects: Iterable<NormalisedObject>): Lookup {
  const byKey = new Map<string, NormalisedObject>();
  for (const object of objects) byKey.set(`${object.kind}/${object.metadata.name}`, object);
  const referrers = new Map<string, Set<NormalisedObject>>();
  for (const object of byKey.values()) {
    for (const { toKind, toName } of referencesOf(object)) {
      const key = `${toKind}/${toName}`;
      const known = referrers.get(key);
      if (known) known.add(object);
      else referrers.set(key, new Set([object]));
    }
  }
  return {
    get: (kind, name) => byKey.get(`${kind}/${name}`),
    referrers: (kind, name, ofKind) =>
      [...(referrers.get(`${kind}/${name}`) ?? [])].filter((object) => ofKind === undefined || object.kind === ofKind),
  };
}
