import { compareKeys, isJsonObject, type JsonObject } from '../kube-object.ts';
import type { SchemaNode } from '../schema/schema-node.ts';

/**
 * A set of field paths. A path element is written as in FieldsV1: `f:name`, `k:{"key":"value"}`, `v:value`.
 * Never changed once built by others than its builder: the operations return new sets.
 */
export class FieldSet {
  readonly members = new Set<string>();
  readonly children = new Map<string, FieldSet>();

  static from(fields: JsonObject): FieldSet {
    const set = new FieldSet();
    for (const [element, below] of Object.entries(fields)) {
      if (element === '.' || !isJsonObject(below)) continue;
      const names = Object.keys(below);
      if (names.length === 0 || below['.'] !== undefined) set.members.add(element);
      if (names.some((name) => name !== '.')) set.children.set(element, FieldSet.from(below));
    }
    return set;
  }

  toFieldsV1(): JsonObject {
    const fields: JsonObject = {};
    for (const element of [...new Set([...this.members, ...this.children.keys()])].sort(compareKeys)) {
      const below = this.children.get(element);
      if (below === undefined || below.isEmpty()) fields[element] = {};
      else fields[element] = this.members.has(element) ? { '.': {}, ...below.toFieldsV1() } : below.toFieldsV1();
    }
    return fields;
  }

  isEmpty(): boolean {
    return this.members.size === 0 && [...this.children.values()].every((child) => child.isEmpty());
  }

  child(element: string): FieldSet {
    let child = this.children.get(element);
    if (child === undefined) {
      child = new FieldSet();
      this.children.set(element, child);
    }
    return child;
  }

  union(other: FieldSet): FieldSet {
    const result = new FieldSet();
    for (const set of [this, other]) {
      for (const element of set.members) result.members.add(element);
      for (const [element, child] of set.children) {
        const known = result.children.get(element);
        result.children.set(element, known === undefined ? child : known.union(child));
      }
    }
    return result;
  }

  difference(other: FieldSet): FieldSet {
    const result = new FieldSet();
    for (const element of this.members) if (!other.members.has(element)) result.members.add(element);
    for (const [element, child] of this.children) {
      const taken = other.children.get(element);
      const rest = taken === undefined ? child : child.difference(taken);
      if (!rest.isEmpty()) result.children.set(element, rest);
    }
    return result;
  }

  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet();
    for (const element of this.members) if (other.members.has(element)) result.members.add(element);
    for (const [element, child] of this.children) {
      const shared = other.children.get(element)?.intersection(child);
      if (shared !== undefined && !shared.isEmpty()) result.children.set(element, shared);
    }
    return result;
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty() && other.difference(this).isEmpty();
  }

  /** Adds the named fields on the way to other members: a struct's field counts as owned when something below it is. */
  withNamedFields(node: SchemaNode | undefined): FieldSet {
    const result = new FieldSet();
    for (const element of this.members) result.members.add(element);
    for (const [element, child] of this.children) {
      const name = fieldName(element);
      const field = name === undefined ? undefined : node?.fields.get(name);
      if (field !== undefined) result.members.add(element);
      result.children.set(element, child.withNamedFields(field ?? node?.element));
    }
    return result;
  }

  /** Members first, then what is below, each in order: the order in which the real server names conflicts. */
  paths(prefix = ''): string[] {
    const own = [...this.members].sort(compareKeys).map((element) => prefix + shown(element));
    const below = [...this.children].sort(([a], [b]) => compareKeys(a, b));
    return [...own, ...below.flatMap(([element, child]) => child.paths(prefix + shown(element)))];
  }
}

export function fieldElement(name: string): string {
  return `f:${name}`;
}

function fieldName(element: string): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

function shown(element: string): string {
  if (element.startsWith('f:')) return `.${element.slice(2)}`;
  if (element.startsWith('k:')) return shownKey(element);
  return `[=${element.slice(2)}]`;
}

function shownKey(element: string): string {
  const key: unknown = JSON.parse(element.slice(2));
  if (!isJsonObject(key)) return '';
  const parts = Object.entries(key).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `[${parts.join(',')}]`;
}
