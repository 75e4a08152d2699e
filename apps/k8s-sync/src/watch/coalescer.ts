import type { ObservedObject } from '@heddle/contracts';

/** What is to be told of one kind: perhaps a snapshot, and the last state of what changed after it. */
export interface PendingKind {
  readonly kind: string;
  snapshot: ObservedObject[] | null;
  /** Of the list itself: what was made after it is not in it, and not gone either. */
  snapshotVersion: string;
  readonly changes: Map<string, ObservedObject>;
  resourceVersion: string;
}

/** Gathers observations of a fabric: only the last state of an object is told, and a snapshot makes what came before it void. */
export class Coalescer {
  #kinds = new Map<string, PendingKind>();
  #size = 0;

  /** Items that wait. */
  get size(): number {
    return this.#size;
  }

  change(kind: string, observed: ObservedObject): void {
    const pending = this.#of(kind);
    if (!pending.changes.has(observed.name)) this.#size += 1;
    pending.changes.set(observed.name, observed);
    pending.resourceVersion = observed.resourceVersion;
  }

  snapshot(kind: string, items: ObservedObject[], resourceVersion: string): void {
    this.forget(kind);
    const pending = this.#of(kind);
    pending.snapshot = items;
    pending.snapshotVersion = resourceVersion;
    pending.resourceVersion = resourceVersion;
    this.#size += Math.max(1, items.length);
  }

  forget(kind: string): void {
    const pending = this.#kinds.get(kind);
    if (!pending) return;
    this.#size -= sizeOf(pending);
    this.#kinds.delete(kind);
  }

  /** Hands out all that waits. */
  take(): PendingKind[] {
    const taken = [...this.#kinds.values()];
    this.#kinds = new Map();
    this.#size = 0;
    return taken;
  }

  /** Takes back what could not be told; what came meanwhile is newer. */
  putBack(taken: readonly PendingKind[]): void {
    for (const older of taken) {
      const newer = this.#kinds.get(older.kind);
      if (newer?.snapshot) continue;
      const merged: PendingKind = newer
        ? { kind: older.kind, snapshot: older.snapshot, snapshotVersion: older.snapshotVersion, changes: new Map([...older.changes, ...newer.changes]), resourceVersion: newer.resourceVersion }
        : older;
      this.#size += sizeOf(merged) - (newer ? sizeOf(newer) : 0);
      this.#kinds.set(older.kind, merged);
    }
  }

  #of(kind: string): PendingKind {
    let pending = this.#kinds.get(kind);
    if (!pending) {
      pending = { kind, snapshot: null, snapshotVersion: '', changes: new Map(), resourceVersion: '' };
      this.#kinds.set(kind, pending);
    }
    return pending;
  }
}

function sizeOf(pending: PendingKind): number {
  return pending.changes.size + (pending.snapshot ? Math.max(1, pending.snapshot.length) : 0);
}
