import type { OfferedRow, OutboxRow } from './outbox-row.ts';

interface Key {
  queue: OutboxRow[];
  busy: boolean;
}

/** How many ids are remembered as gone, to recognise that a row's predecessor has left. */
const REMEMBERED = 4_096;

/**
 * The rows of one lane that this process knows of, in memory: which may leave next. One row of a key is on its way at a
 * time; a key that was sent back is forgotten until its time, the others go on. Holds no truth: the table does.
 */
export class OutboxLane {
  readonly #keys = new Map<string, Key>();
  readonly #ready: string[] = [];
  readonly #known = new Set<number>();
  readonly #gone = new Set<number>();

  /** Rows known: waiting, on their way, or sent and not deleted yet. */
  get size(): number {
    return this.#known.size;
  }

  get knownIds(): Iterable<number> {
    return this.#known;
  }

  /** Takes a row from a commit. @returns false when an earlier row of its key is unknown: the table must be read first */
  offer(row: OfferedRow): boolean {
    if (row.after !== null && !this.#known.has(row.after) && !this.#gone.has(row.after)) return false;
    this.add(row);
    return true;
  }

  /** Takes a row that was read from the table. */
  add(row: OutboxRow): void {
    if (this.#known.has(row.id) || this.#gone.has(row.id)) return;
    this.#known.add(row.id);
    const key = this.#keys.get(row.orderingKey) ?? this.open(row.orderingKey);
    const place = key.queue.findLastIndex((other) => other.id < row.id) + 1;
    key.queue.splice(place, 0, row);
    if (key.queue.length === 1 && !key.busy) this.#ready.push(row.orderingKey);
  }

  /** The next row that may leave; it must be settled afterwards. */
  next(): OutboxRow | undefined {
    for (;;) {
      const name = this.#ready.shift();
      if (name === undefined) return undefined;
      const key = this.#keys.get(name);
      const row = key?.queue.shift();
      if (!key || !row || key.busy) continue;
      key.busy = true;
      return row;
    }
  }

  /** The row is at the broker; it stays known until {@link deleted}. @returns true when another of its key may leave now */
  sent(row: OutboxRow): boolean {
    const key = this.#keys.get(row.orderingKey);
    if (!key) return false;
    key.busy = false;
    if (key.queue.length > 0) this.#ready.push(row.orderingKey);
    else this.#keys.delete(row.orderingKey);
    return key.queue.length > 0;
  }

  /** What became of the row is unknown: it is the first of its key to leave again. */
  again(row: OutboxRow): void {
    const key = this.#keys.get(row.orderingKey);
    if (!key) return;
    key.busy = false;
    key.queue.unshift(row);
    this.#ready.push(row.orderingKey);
  }

  /** The row was sent back: it and its followers wait in the table until they are read again. */
  hold(row: OutboxRow): void {
    const key = this.#keys.get(row.orderingKey);
    for (const held of [row, ...key?.queue ?? []]) this.#known.delete(held.id);
    this.#keys.delete(row.orderingKey);
  }

  /** The rows are no longer in the table. */
  deleted(ids: Iterable<number>): void {
    for (const id of ids) {
      if (!this.#known.delete(id)) continue;
      this.#gone.add(id);
      if (this.#gone.size > REMEMBERED) this.#gone.delete(this.#gone.values().next().value!);
    }
  }

  private open(name: string): Key {
    const key = { queue: [], busy: false };
    this.#keys.set(name, key);
    return key;
  }
}
