import { Latest } from '../latest.ts';
import type { OfferedRow, OutboxRow } from './outbox-row.ts';

interface Key {
  /** Rows that wait, by id: the oldest ones of the key that are in the table and not on their way. */
  queue: OutboxRow[];
  /** One is on its way. */
  busy: boolean;
  /** The table has more rows of the key than the queue holds. */
  more: boolean;
}

/** A reading of the table, from before its query until its rows are taken. */
export interface LaneReading {
  /** Rows not to be read: they are known. */
  readonly known: readonly number[];
  /** Keys not to be read: enough of their rows are known. */
  readonly full: readonly string[];
  /** What happened meanwhile, which the query may not have seen. */
  readonly held: Set<string>;
  readonly gone: Set<number>;
}

/** What became of an offer: `taken`; `gap`: the table must be read; `full`: it waits in the table, which is read in time. */
export type OfferResult = 'taken' | 'gap' | 'full';

/** How many ids are remembered as gone, at least, to recognise that the predecessor of an offered row has left. */
const REMEMBERED = 4_096;
/** Most rows of a key that wait in memory: a flood of one key must leave room for the others. */
const MOST_OF_A_KEY = 500;

/**
 * The rows of one lane that this process knows of, in memory: which may leave next. Pure; holds no truth: the table does.
 *
 * Order: rows of a key leave by their ids, one at a time, each after the confirm of the one before. More of them on their
 * way at once would be faster and would break the order: what the broker sends back or refuses in the middle is overtaken
 * by what was sent behind it. It holds by three rules. The queue of a key is always a prefix of its rows in the table: an
 * offered row is taken only when the one before it is known or gone. A key that was sent back is forgotten and read again
 * when it is due. And a reading never brings back what was held or deleted since its query began.
 */
export class OutboxLane {
  readonly #keys = new Map<string, Key>();
  readonly #ready: string[] = [];
  /** Ids, and whether each waits; else it is on its way, or sent and not deleted yet. */
  readonly #known = new Map<number, boolean>();
  readonly #gone = new Latest<number>(REMEMBERED);
  readonly #readings = new Set<LaneReading>();
  #bytes = 0;
  #waiting = 0;
  #hungry = false;

  constructor(private readonly mostOfAKey = MOST_OF_A_KEY) {}

  /** Rows known: waiting, on their way, or sent and not deleted yet. */
  get size(): number {
    return this.#known.size;
  }

  /** Bytes of the rows that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Rows on their way, or sent and not deleted yet. */
  get unsettled(): number {
    return this.#known.size - this.#waiting;
  }

  /** True when a key that has more rows in the table has become short of them. */
  get hungry(): boolean {
    return this.#hungry;
  }

  /** Takes a row from a commit, if all that come before it with its key are known or gone. */
  offer(row: OfferedRow): OfferResult {
    if (this.#known.has(row.id) || this.#gone.has(row.id)) return 'taken';
    const key = this.#keys.get(row.orderingKey);
    if (key?.more) return 'full';
    if (row.after !== null && !this.#known.has(row.after) && !this.#gone.has(row.after)) return 'gap';
    return this.add(row) ? 'taken' : 'full';
  }

  /** Before the table is queried. It must end with {@link take} or {@link abandon}. */
  beginReading(): LaneReading {
    const full = [...this.#keys].filter(([, { more, queue }]) => more && queue.length > this.mostOfAKey / 2).map(([name]) => name);
    const reading: LaneReading = { known: [...this.#known.keys()], full, held: new Set(), gone: new Set() };
    this.#readings.add(reading);
    this.#hungry = false;
    return reading;
  }

  /** @param rows the oldest rows of the lane, without those that the reading excludes or that wait behind a held one */
  take(reading: LaneReading, rows: readonly OutboxRow[]): void {
    this.abandon(reading);
    const full = new Set(reading.full);
    for (const [name, key] of this.#keys) if (!full.has(name)) key.more = false;
    for (const row of rows) {
      if (!reading.held.has(row.orderingKey) && !reading.gone.has(row.id) && !this.#known.has(row.id)) this.add(row);
    }
    for (const [name, { busy, more, queue }] of this.#keys) if (!busy && !more && queue.length === 0) this.#keys.delete(name);
  }

  abandon(reading: LaneReading): void {
    this.#readings.delete(reading);
  }

  /** The next row that may leave; it must be settled afterwards. */
  next(): OutboxRow | undefined {
    for (;;) {
      const name = this.#ready.shift();
      if (name === undefined) return undefined;
      const key = this.#keys.get(name);
      if (!key || key.busy) continue;
      const row = key.queue.shift();
      if (!row) continue;
      key.busy = true;
      this.#known.set(row.id, false);
      this.count(row, -1);
      return row;
    }
  }

  /** The row is at the broker; it stays known until {@link deleted}. @returns true when another of its key may leave now */
  sent(row: OutboxRow): boolean {
    const key = this.#keys.get(row.orderingKey);
    if (!key) return false;
    key.busy = false;
    if (key.more && key.queue.length <= this.mostOfAKey / 2) this.#hungry = true;
    if (key.queue.length > 0) this.#ready.push(row.orderingKey);
    else if (!key.more) this.#keys.delete(row.orderingKey);
    return key.queue.length > 0;
  }

  /** What became of the row is unknown: it is the first of its key to leave again. */
  again(row: OutboxRow): void {
    const key = this.#keys.get(row.orderingKey);
    if (!key) return;
    key.busy = false;
    key.queue.unshift(row);
    this.#known.set(row.id, true);
    this.count(row, 1);
    this.#ready.push(row.orderingKey);
  }

  /** The row was sent back: it and its followers wait in the table until they are read again. */
  hold(row: OutboxRow): void {
    const key = this.#keys.get(row.orderingKey);
    for (const waiting of key?.queue ?? []) {
      this.#known.delete(waiting.id);
      this.count(waiting, -1);
    }
    this.#known.delete(row.id);
    this.#keys.delete(row.orderingKey);
    for (const reading of this.#readings) reading.held.add(row.orderingKey);
  }

  /** The rows are no longer in the table. One that waits here all the same, deleted by an earlier owner of the lane, leaves once more. */
  deleted(ids: Iterable<number>): void {
    for (const id of ids) {
      for (const reading of this.#readings) reading.gone.add(id);
      if (this.#known.get(id) !== false) continue;
      this.#known.delete(id);
      this.#gone.add(id);
    }
  }

  /** @returns false when the key has its fill already */
  private add(row: OutboxRow): boolean {
    const key = this.#keys.get(row.orderingKey) ?? this.open(row.orderingKey);
    if (key.more || key.queue.length >= this.mostOfAKey) {
      key.more = true;
      return false;
    }
    if (key.queue.length === 0 || key.queue.at(-1)!.id < row.id) key.queue.push(row);
    else key.queue.splice(key.queue.findLastIndex((other) => other.id < row.id) + 1, 0, row);
    this.#known.set(row.id, true);
    this.count(row, 1);
    if (key.queue.length === 1 && !key.busy) this.#ready.push(row.orderingKey);
    return true;
  }

  private count(row: OutboxRow, by: 1 | -1): void {
    this.#waiting += by;
    this.#bytes += by * row.body.length;
  }

  private open(name: string): Key {
    const key = { queue: [], busy: false, more: false };
    this.#keys.set(name, key);
    return key;
  }
}
