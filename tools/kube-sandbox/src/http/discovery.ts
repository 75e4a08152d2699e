import { createHash } from 'node:crypto';
import type { JsonObject } from '../kube-object.ts';
import { REVIEW_RESOURCES } from '../resources/builtin-resources.ts';
import type { Registry } from '../resources/registry.ts';
import { RESOURCE_VERBS, type Resource } from '../resources/resource.ts';

export const SERVER_VERSION: JsonObject = {
  major: '1',
  minor: '33',
  emulationMajor: '1',
  emulationMinor: '33',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '32',
  gitVersion: 'v1.33.13',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.24.4',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const BUILTIN_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export interface DiscoveryAnswer {
  body: JsonObject;
  contentType?: string;
}

/** Answers a discovery path; undefined when there is nothing there. */
export function discover(path: string, accept: string, registry: Registry, address: string): DiscoveryAnswer | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const [root, first, second] = parts;
  const aggregated = accept.includes('g=apidiscovery.k8s.io') && accept.includes('v=v2;');
  if (root === 'api') {
    if (parts.length === 1) return aggregated ? aggregatedList(registry, true) : { body: coreVersions(address) };
    return parts.length === 2 && first === 'v1' ? { body: resourceList(registry, '', 'v1') } : undefined;
  }
  if (root !== 'apis') return undefined;
  const groups = allGroups(registry);
  if (first === undefined) return aggregated ? aggregatedList(registry, false) : { body: groupList(groups) };
  const versions = groups.get(first);
  if (versions === undefined || parts.length > 3) return undefined;
  if (second === undefined) return { body: { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(first, versions) } };
  return versions.includes(second) ? { body: resourceList(registry, first, second) } : undefined;
}

function allGroups(registry: Registry): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { group, version } of REVIEW_RESOURCES) groups.set(group, [version]);
  for (const [group, versions] of registry.groups()) groups.set(group, versions);
  return groups;
}

function coreVersions(address: string): JsonObject {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }] };
}

function groupList(groups: Map<string, string[]>): JsonObject {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: [...groups].map(([name, versions]) => groupOf(name, versions)) };
}

function groupOf(name: string, versions: string[]): JsonObject {
  const list = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

function resourceList(registry: Registry, group: string, version: string): JsonObject {
  const resources = registry.inVersion(group, version).sort(byName).flatMap(describe);
  const reviews = REVIEW_RESOURCES.filter((review) => review.group === group).map((review) => ({
    name: review.resource,
    singularName: review.kind.toLowerCase(),
    namespaced: false,
    kind: review.kind,
    verbs: ['create'],
  }));
  const groupVersion = group === '' ? version : `${group}/${version}`;
  const apiVersion = group === '' ? {} : { apiVersion: 'v1' };
  return { kind: 'APIResourceList', ...apiVersion, groupVersion, resources: [...resources, ...reviews] };
}

function byName(left: Resource, right: Resource): number {
  return left.resource < right.resource ? -1 : 1;
}

function describe(resource: Resource): JsonObject[] {
  const { resource: name, singular, namespaced, kind, shortNames, categories } = resource;
  const main: JsonObject = { name, singularName: singular, namespaced, kind, verbs: verbsOf(resource) };
  if (shortNames.length > 0) main.shortNames = shortNames;
  if (categories.length > 0) main.categories = categories;
  main.storageVersionHash = storageHash(resource);
  const subresources = subresourcesOf(resource).map((subresource) => ({
    name: `${name}/${subresource.name}`,
    singularName: '',
    namespaced,
    kind: subresource.kind,
    verbs: subresource.verbs,
  }));
  return [main, ...subresources];
}

function verbsOf(resource: Resource): string[] {
  return resource.custom ? RESOURCE_VERBS : BUILTIN_VERBS;
}

function subresourcesOf(resource: Resource): { name: string; kind: string; verbs: string[] }[] {
  const { kind } = resource;
  const list = resource.hasStatus ? [{ name: 'status', kind, verbs: ['get', 'patch', 'update'] }] : [];
  if (resource.collection === '/namespaces') list.unshift({ name: 'finalize', kind, verbs: ['update'] });
  if (resource.collection === '/serviceaccounts') list.push({ name: 'token', kind: 'TokenRequest', verbs: ['create'] });
  return list;
}

function storageHash({ group, version, kind }: Resource): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function aggregatedList(registry: Registry, core: boolean): DiscoveryAnswer {
  const groups = core ? new Map([['', ['v1']]]) : allGroups(registry);
  const items = [...groups].map(([name, versions]) => ({
    metadata: name === '' ? {} : { name },
    versions: versions.map((version) => ({ version, resources: aggregatedResources(registry, name, version), freshness: 'Current' })),
  }));
  return {
    body: { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items },
    contentType: AGGREGATED,
  };
}

function aggregatedResources(registry: Registry, group: string, version: string): JsonObject[] {
  const served = registry.inVersion(group, version).sort(byName).map((resource) => {
    const { resource: name, kind, namespaced, singular, shortNames, categories } = resource;
    const responseKind = resource.custom ? { group, version, kind } : { group: '', version: '', kind };
    const subresources = subresourcesOf(resource).map((sub) => ({ subresource: sub.name, responseKind: { ...responseKind, kind: sub.kind }, verbs: sub.verbs }));
    return {
      resource: name,
      responseKind,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      singularResource: singular,
      verbs: verbsOf(resource),
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
      ...(subresources.length > 0 ? { subresources } : {}),
    };
  });
  const reviews = REVIEW_RESOURCES.filter((review) => review.group === group).map((review) => ({
    resource: review.resource,
    responseKind: { group: '', version: '', kind: review.kind },
    scope: 'Cluster',
    singularResource: review.kind.toLowerCase(),
    verbs: ['create'],
  }));
  return [...served, ...reviews];
}

