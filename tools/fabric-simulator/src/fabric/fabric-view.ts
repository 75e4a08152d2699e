import type { KubeObject } from '../kube/kube-object.ts';

/** The objects of a fabric at one moment, as rules and controller see them. */
export interface FabricView {
  get(kind: string, name: string): KubeObject | undefined;
  list(kind: string): KubeObject[];
}

/** A view over plain objects. */
export function viewOf(objects: Iterable<KubeObject>): FabricView {
  const byKind = new Map<string, Map<string, KubeObject>>();
  for (const object of objects) {
    let named = byKind.get(object.kind);
    if (!named) byKind.set(object.kind, (named = new Map()));
    named.set(object.metadata.name, object);
  }
  return {
    get: (kind, name) => byKind.get(kind)?.get(name),
    list: (kind) => [...(byKind.get(kind)?.values() ?? [])],
  };
}
