import { createHash } from 'node:crypto';
import type { FieldManager, MessageData, ObservedObject } from '@heddle/contracts';
import type { LiveObject, ManagedFieldsEntry } from '../api/kube-answer.ts';

/** A kind as `cluster.watch` describes it. */
export type WatchedKind = MessageData<'cluster.watch'>['kinds'][number];

type Tree = Record<string, unknown>;

/** What may travel of a live object: its content without the status, or just the projected paths. */
export function projectObject(kind: Pick<WatchedKind, 'role' | 'projection'>, live: LiveObject): ObservedObject {
  const { metadata } = live;
  const whole = kind.projection === null;
  return {
    change: 'present', name: metadata.name, namespace: metadata.namespace ?? '', uid: metadata.uid, resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0, deletionTimestamp: metadata.deletionTimestamp ?? null, finalizers: [...metadata.finalizers ?? []],
    object: whole ? contentOf(live) : projectPaths(live, kind.projection!),
    managers: whole && kind.role === 'object' ? managersOf(metadata.managedFields ?? []) : [],
  };
}

/** The news that an object is gone. */
export function deletedObject(name: string, namespace: string, uid: string, resourceVersion: string): ObservedObject {
  return { change: 'deleted', name, namespace, uid, resourceVersion, generation: 0, deletionTimestamp: null, finalizers: [], object: null, managers: [] };
}

/** Everything that somebody may have wished for: labels, annotations and all top-level fields but the status. */
function contentOf(live: LiveObject): Tree {
  const { apiVersion: _apiVersion, kind: _kind, status: _status, metadata, ...content } = live;
  return {
    metadata: { ...(metadata.labels && { labels: metadata.labels }), ...(metadata.annotations && { annotations: metadata.annotations }) },
    ...content,
  };
}

/** What is at the paths, nested as it was; `*` stands for each entry of a map or list. */
export function projectPaths(source: Tree | LiveObject, paths: readonly string[]): Tree {
  return pick(source, branchesOf(paths)) as Tree | undefined ?? {};
}

/** The paths as a tree; null is the end of one: all that is there travels. */
type Branches = Map<string, Branches | null>;

const branchesByPaths = new WeakMap<readonly string[], Branches>();

function branchesOf(paths: readonly string[]): Branches {
  const known = branchesByPaths.get(paths);
  if (known) return known;
  const root: Branches = new Map();
  for (const path of paths) grow(root, path.split('.'));
  branchesByPaths.set(paths, root);
  return root;
}

function grow(branches: Branches, [field, ...rest]: string[]): void {
  if (rest.length === 0) branches.set(field!, null);
  else if (branches.get(field!) !== null) {
    const below = branches.get(field!) ?? new Map();
    branches.set(field!, below);
    grow(below, rest);
  }
}

/** Undefined where none of the branches is there. */
function pick(source: unknown, branches: Branches | null): unknown {
  if (branches === null) return source;
  if (typeof source !== 'object' || source === null) return undefined;
  const every = branches.get('*');
  if (Array.isArray(source)) return every === undefined ? undefined : source.map((entry) => pick(entry, every) ?? {});
  const fields = every === undefined ? [...branches] : Object.keys(source).map((field) => [field, every] as const);
  const picked = fields.flatMap(([field, below]) => {
    const value = pick((source as Tree)[field], below);
    return value === undefined ? [] : [[field, value] as const];
  });
  return picked.length === 0 ? undefined : Object.fromEntries(picked);
}

function valueAt(source: unknown, path: string): unknown {
  let at = source;
  for (const field of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Tree)[field];
  }
  return at;
}

function managersOf(entries: readonly ManagedFieldsEntry[]): FieldManager[] {
  return entries.filter((entry) => entry.operation === 'Apply' || entry.operation === 'Update').map((entry) => ({
    manager: entry.manager ?? '', operation: entry.operation as 'Apply' | 'Update', fields: { ...entry.fieldsV1 },
    ...(entry.subresource && { subresource: entry.subresource }), ...(entry.time && { time: entry.time }),
  }));
}

/** 48 bits of SHA-256 as a number: all that is kept of an object's content. */
export type Fingerprint = number;

export interface Fingerprints {
  /** Of all that is reported at once. */
  readonly content: Fingerprint;
  /** Of each throttled path, in the order of the kind's throttles. */
  readonly throttled: readonly Fingerprint[];
}

const NO_THROTTLES: readonly Fingerprint[] = [];

/** Fingerprints of what is reported; the resourceVersion is no content: it also moves with fields that do not travel. */
export function fingerprintsOf(kind: Pick<WatchedKind, 'throttle'>, observed: ObservedObject): Fingerprints {
  const { object, managers, uid, generation, deletionTimestamp, finalizers } = observed;
  const paths = kind.throttle.map((throttle) => throttle.path);
  const content = paths.length === 0 || object === null ? object : without(object, paths);
  return {
    content: fingerprint([uid, generation, deletionTimestamp, finalizers, content, managers]),
    throttled: paths.length === 0 ? NO_THROTTLES : paths.map((path) => fingerprint(valueAt(object, path))),
  };
}

function without(object: Tree, paths: readonly string[]): Tree {
  const copy = structuredClone(object);
  for (const path of paths) {
    const fields = path.split('.');
    const parent = fields.length === 1 ? copy : valueAt(copy, fields.slice(0, -1).join('.'));
    if (typeof parent === 'object' && parent !== null) delete (parent as Tree)[fields.at(-1)!];
  }
  return copy;
}

/** The server serialises an object's fields in a fixed order, so equal content has equal bytes. */
function fingerprint(value: unknown): Fingerprint {
  return createHash('sha256').update(JSON.stringify(value) ?? '').digest().readUIntBE(0, 6);
}
