import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LaneReading, OutboxLane } from './outbox-lane.ts';
import type { OfferedRow, OutboxRow } from './outbox-row.ts';

const KEYS = ['a', 'b', 'c'];
const MOST_READ = 4;

interface Flight { lane: OutboxLane; row: OutboxRow }

/** The table, the broker and the owners of one lane, moved step by step: every interleaving is some list of numbers. */
class World {
  readonly table = new Map<number, OfferedRow & { held: boolean }>();
  /** What the broker routed, in its order. */
  readonly routed: Flight[] = [];
  readonly committed: OfferedRow[] = [];
  lane = new OutboxLane(3);
  #id = 0;
  #offers: OfferedRow[] = [];
  #readings: { lane: OutboxLane; reading: LaneReading; rows: OutboxRow[] }[] = [];
  #flights: Flight[] = [];
  #deletes: number[] = [];
  #holds: Flight[] = [];

  commit(pick: number): void {
    const orderingKey = KEYS[pick % KEYS.length]!;
    const before = [...this.table.values()].filter((row) => row.orderingKey === orderingKey).at(-1);
    const id = ++this.#id;
    const row: OfferedRow = { id, orderingKey, after: before?.id ?? null, lane: 0, messageId: String(id), type: 't', exchange: 'e', routingKey: 't', body: Buffer.alloc(1), traceparent: undefined, attempts: 0, priority: 4, expiresAt: undefined };
    this.table.set(id, { ...row, held: false });
    this.committed.push(row);
    // Some were written by a process that does not own the lane.
    if (pick % 4 > 0) this.#offers.push(row);
  }

  offer(pick: number): void {
    const [row] = splice(this.#offers, pick);
    if (row) this.lane.offer(row);
  }

  query(): void {
    const reading = this.lane.beginReading();
    const rows = [...this.table.values()].filter((row) => !reading.known.includes(row.id) && !reading.full.includes(row.orderingKey) && ![...this.table.values()].some((other) => other.orderingKey === row.orderingKey && other.id <= row.id && other.held));
    this.#readings.push({ lane: this.lane, reading, rows: rows.slice(0, MOST_READ) });
  }

  take(pick: number): void {
    const [found] = splice(this.#readings, pick);
    found?.lane.take(found.reading, found.rows);
  }

  publish(): void {
    const row = this.lane.next();
    if (!row) return;
    const flight = { lane: this.lane, row };
    this.routed.push(flight);
    this.#flights.push(flight);
  }

  confirmed(pick: number): void {
    const [flight] = splice(this.#flights, pick);
    if (!flight) return;
    this.#deletes.push(flight.row.id);
    flight.lane.sent(flight.row);
  }

  unknown(pick: number): void {
    const [flight] = splice(this.#flights, pick);
    if (!flight) return;
    // It may have arrived or not.
    if (pick % 2 === 0) this.routed.splice(this.routed.indexOf(flight), 1);
    flight.lane.again(flight.row);
  }

  returned(pick: number): void {
    const [flight] = splice(this.#flights, pick);
    if (!flight) return;
    this.routed.splice(this.routed.indexOf(flight), 1);
    const stored = this.table.get(flight.row.id);
    if (stored) stored.held = true;
    this.#holds.push(flight);
  }

  hold(pick: number): void {
    const [flight] = splice(this.#holds, pick);
    flight?.lane.hold(flight.row);
  }

  delete(pick: number): void {
    const ids = this.#deletes.splice(0, 1 + pick % 3);
    for (const id of ids) this.table.delete(id);
    this.lane.deleted(ids);
  }

  due(): void {
    for (const row of this.table.values()) row.held = false;
  }

  /** The lane has another owner; answers to the one before still come. */
  takeOver(): void {
    this.lane = new OutboxLane(3);
    this.#offers = [];
  }

  /** Ids in the order in which the broker routed them first. */
  arrived(): number[] {
    return [...new Set(this.routed.map(({ row }) => row.id))];
  }

  /** No more faults: everything must leave. */
  settle(): void {
    for (let round = 0; this.table.size > 0; round++) {
      if (round > 1_000) throw new Error(`${this.table.size} rows never leave`);
      this.due();
      for (const each of [() => this.hold(0), () => this.take(0), () => this.query(), () => this.take(0), () => this.publish(), () => this.confirmed(0), () => this.delete(2)]) each();
    }
  }
}

function splice<Item>(list: Item[], pick: number): Item[] {
  return list.length === 0 ? [] : list.splice(pick % list.length, 1);
}

type Step = 'commit' | 'offer' | 'query' | 'take' | 'publish' | 'confirmed' | 'unknown' | 'returned' | 'hold' | 'delete' | 'due' | 'takeOver';
const weighted = (step: Step, weight: number) => ({ arbitrary: fc.tuple(fc.constant(step), fc.nat(1_000)), weight });
const steps = fc.array(fc.oneof(
  weighted('commit', 6), weighted('offer', 6), weighted('query', 4), weighted('take', 4), weighted('publish', 8), weighted('confirmed', 5),
  weighted('unknown', 1), weighted('returned', 2), weighted('hold', 3), weighted('delete', 4), weighted('due', 1), weighted('takeOver', 1),
), { minLength: 1, maxLength: 120, size: 'max' });

it('keeps the order of each key and loses nothing, whatever happens', () => {
  fc.assert(fc.property(steps, (list) => {
    const world = new World();
    for (const [step, pick] of list) world[step](pick);
    world.settle();
    expect(world.arrived().toSorted((left, right) => left - right)).toEqual(world.committed.map(({ id }) => id));
    for (const key of KEYS) {
      const ids = world.arrived().filter((id) => world.committed.find((row) => row.id === id)!.orderingKey === key);
      expect(ids).toEqual(ids.toSorted((left, right) => left - right));
    }
  }), { numRuns: 1_000 });
});
