import type { KindAddress } from '@heddle/contracts';

/** Path of a kind's collection in a namespace, e.g. /apis/vpc.githedgehog.com/v1beta1/namespaces/default/vpcs. */
export function collectionPath(kind: KindAddress, namespace: string): string {
  return `${groupPath(kind)}/namespaces/${encodeURIComponent(namespace)}/${encodeURIComponent(kind.plural)}`;
}

/** Path of one object. */
export function objectPath(target: KindAddress & { namespace: string; name: string }): string {
  return `${collectionPath(target, target.namespace)}/${encodeURIComponent(target.name)}`;
}

/** Path of a group and version: lists its kinds. The core group has no name and lives under /api. */
export function groupPath(kind: Pick<KindAddress, 'group' | 'version'>): string {
  const version = encodeURIComponent(kind.version);
  return kind.group === '' ? `/api/${version}` : `/apis/${encodeURIComponent(kind.group)}/${version}`;
}

/** Adds query parameters; those that are undefined are left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)]))}`;
}
