import type { FabricView } from '../fabric/fabric-view.ts';

/** Identifiers given out for the whole fabric; an object keeps its own as long as it lives. */
export interface CatalogSpec {
  connectionIDs: Record<string, number>;
  vpcVNIs: Record<string, number>;
  vpcSubnetVNIs: Record<string, Record<string, number>>;
}

const vniStep = 100;

/** The catalogue after the fabric has changed: what is gone gives its identifier back, what is new gets the lowest free one. */
export function allocate(before: Partial<CatalogSpec>, fabric: FabricView): CatalogSpec {
  const names = (kind: string): string[] => fabric.list(kind).map((object) => object.metadata.name).sort();
  const vpcVNIs = assign(before.vpcVNIs ?? {}, [...names('VPC'), ...names('External').map((name) => `ext@${name}`)], vniStep);
  const subnets = fabric.list('VPC').map(({ metadata: { name }, spec }): [string, Record<string, number>] =>
    [name, assign(before.vpcSubnetVNIs?.[name] ?? {}, Object.keys(spec?.subnets ?? {}).sort(), 1, vpcVNIs[name]!)]);
  return {
    connectionIDs: assign(before.connectionIDs ?? {}, names('Connection'), 1),
    vpcVNIs,
    vpcSubnetVNIs: Object.fromEntries(subnets.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function assign(before: Record<string, number>, names: string[], step: number, base = 0): Record<string, number> {
  const kept = names.filter((name) => before[name] !== undefined && before[name] > base);
  const taken = new Set(kept.map((name) => before[name]));
  let next = base;
  return Object.fromEntries(names.map((name) => {
    if (kept.includes(name)) return [name, before[name]!];
    do next += step; while (taken.has(next));
    return [name, next];
  }));
}

/** The part of the catalogue that concerns one switch. */
export function agentCatalog(catalog: CatalogSpec, connections: string[], vpcs: string[], externals: string[]): Partial<CatalogSpec> {
  const part = {
    connectionIDs: pick(catalog.connectionIDs, connections),
    vpcVNIs: pick(catalog.vpcVNIs, [...vpcs, ...externals.map((name) => `ext@${name}`)]),
    vpcSubnetVNIs: pick(catalog.vpcSubnetVNIs, vpcs),
  };
  return Object.fromEntries(Object.entries(part).filter(([, ids]) => Object.keys(ids).length > 0));
}

function pick<T>(map: Record<string, T>, names: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => names.includes(name)));
}
