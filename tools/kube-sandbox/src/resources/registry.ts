import type { Resource } from './resource.ts';

/** The resources that are served now. */
export class Registry {
  private readonly resources = new Map<string, Resource>();

  add(resource: Resource): void {
    this.resources.set(keyOf(resource.group, resource.version, resource.resource), resource);
  }

  remove(group: string, resource: string): void {
    for (const [key, known] of this.resources) {
      if (known.group === group && known.resource === resource) this.resources.delete(key);
    }
  }

  find(group: string, version: string, resource: string): Resource | undefined {
    return this.resources.get(keyOf(group, version, resource));
  }

  all(): Resource[] {
    return [...this.resources.values()];
  }

  /** Groups with their versions, the preferred first; core ('') is not one of them. */
  groups(): Map<string, string[]> {
    const groups = new Map<string, string[]>();
    for (const { group, version } of this.resources.values()) {
      const versions = groups.get(group) ?? [];
      if (!versions.includes(version)) groups.set(group, [...versions, version].sort(compareVersions));
    }
    groups.delete('');
    return groups;
  }

  inVersion(group: string, version: string): Resource[] {
    return this.all().filter((resource) => resource.group === group && resource.version === version);
  }
}

function keyOf(group: string, version: string, resource: string): string {
  return `${group}/${version}/${resource}`;
}

/** Kubernetes' order of versions: v2 before v1 before v1beta1 before v1alpha1. */
export function compareVersions(left: string, right: string): number {
  return rank(right) - rank(left) || (left < right ? -1 : 1);
}

function rank(version: string): number {
  const parts = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (parts === null) return -1;
  const [, major = '0', stage, minor = '0'] = parts;
  const level = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return level * 1e6 + Number(major) * 1e3 + Number(minor);
}
