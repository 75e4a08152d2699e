import type { KubeObject } from '../kube-object.ts';
import { Collection, type Change } from './collection.ts';
import type { Journal } from './journal.ts';

/** Real servers start with objects of their own: low versions like 2 are always long gone. */
const FIRST_VERSION = 200;
const LOG_LIMIT = 20_000;

/** All objects, under one counter of versions. Writes are synchronous: a check and the commit after it cannot be parted. */
export class Store {
  version = FIRST_VERSION;
  private readonly collections = new Map<string, Collection>();
  private readonly listeners = new Map<string, Set<(change: Change) => void>>();
  /** Remembers where the counter stood, for compaction by age. */
  private readonly marks: { at: number; version: number }[] = [];

  constructor(private readonly journal?: Journal) {
    if (journal === undefined) return;
    for (const { collection, key, object } of journal.objects()) this.collection(collection).restore(key, object);
    this.version = Math.max(FIRST_VERSION, journal.version);
    for (const collection of this.collections.values()) collection.compact(this.version, false);
    journal.follow(() => [...this.collections.values()].flatMap((collection) => collection.entries()));
  }

  collection(id: string): Collection {
    let collection = this.collections.get(id);
    if (collection === undefined) {
      collection = new Collection(id, this.version, LOG_LIMIT);
      this.collections.set(id, collection);
    }
    return collection;
  }

  drop(id: string): void {
    this.collections.delete(id);
    this.listeners.delete(id);
  }

  /** Stores an object under the next version and tells the watches of it. */
  write(id: string, key: string, object: KubeObject): KubeObject {
    const collection = this.collection(id);
    const previous = collection.get(key);
    return this.commit(collection, previous === undefined ? 'ADDED' : 'MODIFIED', key, object, previous);
  }

  remove(id: string, key: string, object: KubeObject): KubeObject {
    const collection = this.collection(id);
    return this.commit(collection, 'DELETED', key, object, collection.get(key));
  }

  private commit(collection: Collection, type: Change['type'], key: string, object: KubeObject, previous: KubeObject | undefined): KubeObject {
    const version = ++this.version;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const change: Change = { version, type, key, object: stored, previous, at: Date.now() };
    collection.commit(change);
    this.journal?.append(collection.id, key, type === 'DELETED' ? null : stored, version);
    for (const listener of this.listeners.get(collection.id) ?? []) listener(change);
    return stored;
  }

  /** Calls back on each later change of a collection, in order, within the write. */
  listen(id: string, listener: (change: Change) => void): () => void {
    const listeners = this.listeners.get(id) ?? new Set();
    this.listeners.set(id, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  compact(version: number = this.version, keepWatchCache = false): void {
    for (const collection of this.collections.values()) collection.compact(version, keepWatchCache);
  }

  /** Called now and then: forgets list versions and changes older than `age` milliseconds, which also bounds the memory. */
  compactOlderThan(age: number, now: number): void {
    this.marks.push({ at: now, version: this.version });
    for (const collection of this.collections.values()) collection.dropOlderThan(now - age);
    while ((this.marks[1]?.at ?? now) <= now - age) this.marks.shift();
    const oldest = this.marks[0];
    if (oldest !== undefined && oldest.at <= now - age) this.compact(oldest.version, true);
  }
}
