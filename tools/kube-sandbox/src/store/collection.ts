import { compareKeys, type KubeObject } from '../kube-object.ts';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One committed change. `object` carries the version of the change, also when it was deleted. */
export interface Change {
  version: number;
  type: ChangeType;
  key: string;
  object: KubeObject;
  previous: KubeObject | undefined;
  at: number;
}

/** The objects of one resource, with the changes that led to them, so that older versions can be read. */
export class Collection {
  private readonly objects = new Map<string, KubeObject>();
  private keys: string[] = [];
  private log: Change[] = [];
  /** Watches can start at this version or later. */
  oldestWatchable: number;
  /** Lists can be read at this version or later. */
  oldestListable: number;

  constructor(
    readonly id: string,
    startVersion: number,
    private readonly logLimit: number,
  ) {
    this.oldestWatchable = startVersion;
    this.oldestListable = startVersion;
  }

  get size(): number {
    return this.objects.size;
  }

  get(key: string): KubeObject | undefined {
    return this.objects.get(key);
  }

  /** All objects in order of their keys. */
  all(): KubeObject[] {
    return this.keys.map((key) => this.objects.get(key)).filter((object) => object !== undefined);
  }

  entries(): { collection: string; key: string; object: KubeObject }[] {
    return [...this.objects].map(([key, object]) => ({ collection: this.id, key, object }));
  }

  commit(change: Change): void {
    if (change.type === 'DELETED') this.remove(change.key);
    else this.put(change.key, change.object);
    this.log.push(change);
    if (this.log.length > this.logLimit * 1.25) this.dropBefore(this.log.length - this.logLimit);
  }

  /** Puts an object in place without a change, as when a stored state is read back. */
  restore(key: string, object: KubeObject): void {
    this.put(key, object);
  }

  changesAfter(version: number): Change[] {
    let from = this.log.length;
    while (from > 0 && (this.log[from - 1]?.version ?? 0) > version) from--;
    return this.log.slice(from);
  }

  /** The version that was current at a time; undefined when nothing has changed since. */
  versionAt(time: number): number | undefined {
    let index = this.log.length;
    while (index > 0 && (this.log[index - 1]?.at ?? 0) > time) index--;
    if (index === this.log.length) return undefined;
    return Math.max(this.log[index - 1]?.version ?? 0, this.oldestListable);
  }

  /** The objects as they were at a version that is not compacted, in order of their keys. */
  allAt(version: number): KubeObject[] {
    const changes = this.changesAfter(version);
    if (changes.length === 0) return this.all();
    const then = new Map(this.objects);
    for (const change of changes.reverse()) {
      if (change.previous === undefined) then.delete(change.key);
      else then.set(change.key, change.previous);
    }
    return [...then].sort(([a], [b]) => compareKeys(a, b)).map(([, object]) => object);
  }

  /** Forgets versions before `version`: lists at them expire, and watches too unless the watch cache is kept. */
  compact(version: number, keepWatchCache: boolean): void {
    this.oldestListable = Math.max(this.oldestListable, version);
    if (keepWatchCache) return;
    this.oldestWatchable = Math.max(this.oldestWatchable, version);
    this.log = this.changesAfter(version);
  }

  /** Drops changes made before a time: who has not seen them must list anew. */
  dropOlderThan(time: number): void {
    let count = 0;
    while ((this.log[count]?.at ?? Infinity) < time) count++;
    if (count > 0) this.dropBefore(count);
  }

  private put(key: string, object: KubeObject): void {
    if (!this.objects.has(key)) this.keys.splice(this.position(key), 0, key);
    this.objects.set(key, object);
  }

  private remove(key: string): void {
    if (this.objects.delete(key)) this.keys.splice(this.position(key), 1);
  }

  private position(key: string): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private dropBefore(index: number): void {
    const oldest = this.log[index - 1]?.version ?? this.oldestWatchable;
    this.log = this.log.slice(index);
    this.oldestWatchable = Math.max(this.oldestWatchable, oldest);
    this.oldestListable = Math.max(this.oldestListable, oldest);
  }
}
