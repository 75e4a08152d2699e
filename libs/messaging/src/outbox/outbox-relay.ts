import { Inject, Injectable } from '@nestjs/common';
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { Database, describeError, type HeldWork, type Lease, Leases, Logger, sleep } from '@heddle/platform';
import type { PublishOutcome } from '../broker/confirm-publisher.ts';
import { BusMetrics } from '../nest/bus-metrics.ts';
import { contextOf, endSpan, startSpan, traceparentOf } from '../trace/traceparent.ts';
import { Publisher } from '../transport/transport.ts';
import { holdOutboxRow } from './hold-outbox-row.ts';
import { LANES } from './lane-of.ts';
import { OutboxDeleter } from './outbox-deleter.ts';
import { OutboxLane } from './outbox-lane.ts';
import { headersOf } from './headers-of.ts';
import type { OfferedRow, OutboxRow } from './outbox-row.ts';
import { OutboxWakeUp } from './outbox-wake-up.ts';
import { readOutboxRows } from './read-outbox-rows.ts';

/** The table is read at least this often, whatever was missed. */
const FLOOR_MS = 1_000;
const READ_AT_ONCE = 1_000;
/** Beyond this much in memory the rest waits in the table. */
const MOST_KNOWN = 4_000;
const MOST_BYTES = 32 * 1024 * 1024;
const READ_BYTES = 8 * 1024 * 1024;
/** Below this share of it there is room again for what waits: for writers that can wait, and for what memory had to leave in the table. */
const ROOMY_SHARE = 0.5;
const LONGEST_WAIT_MS = 1_000;
const AFTER_REFUSAL_MS = 500;
const DRAIN_MS = 3_000;

interface OwnedLane {
  rows: OutboxLane;
  lease: Lease;
  /** It is being given away: nothing more of it is published here. */
  leaving: boolean;
}

/**
 * Publishes the outbox: the lanes whose lease this process holds. Rows come in memory after their commit; the table is
 * read on take-over, after gaps and every second. A row is deleted after the broker's confirm, so that what was committed
 * is sent at least once; what is sent twice is told apart by its id.
 */
@Injectable()
export class OutboxRelay {
  readonly #lanes = new Map<number, OwnedLane>();
  readonly #deleter: OutboxDeleter;
  readonly #wakeUp: OutboxWakeUp;
  #held: HeldWork | undefined;
  #loop: Promise<void> | undefined;
  #stop = new AbortController();
  #wake: AbortController | undefined;
  #turn = 0;
  /** The table has rows that memory had no room for. */
  #behind = false;
  readonly #waiting = new Set<() => void>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Leases) private readonly leases: Leases,
    @Inject(Publisher) private readonly publisher: Publisher,
    @Inject(BusMetrics) private readonly metrics: BusMetrics,
    @Inject(Logger) private readonly logger: Logger,
  ) {
    this.#deleter = new OutboxDeleter(database, logger, (ids) => {
      for (const lane of this.#lanes.values()) lane.rows.deleted(ids);
      if (this.#waiting.size > 0 && this.room(ROOMY_SHARE)) for (const resolve of this.#waiting) resolve();
    });
    this.#wakeUp = new OutboxWakeUp(database, logger, (lane) => { if (this.#lanes.has(lane)) this.readSoon(); });
  }

  start(): void {
    this.#stop = new AbortController();
    this.publisher.start(() => this.pump());
    this.#wakeUp.start();
    this.#loop = this.run(this.#stop.signal);
    const names = Array.from({ length: LANES }, (_, lane) => String(lane));
    this.#held = this.leases.holdEach({ name: 'outbox', shared: true, keys: async () => names, work: (lane, lease, signal) => this.own(Number(lane), lease, signal) });
  }

  /** Takes no more, waits a little for what is on its way, and gives the lanes away. */
  async stop(): Promise<void> {
    if (!this.#loop) return;
    this.#stop.abort();
    await this.#loop;
    this.#loop = undefined;
    const until = performance.now() + DRAIN_MS;
    while (this.publisher.inFlight > 0 && performance.now() < until) await sleep(10);
    await this.#deleter.stop();
    await this.#held?.stop();
    await this.#wakeUp.stop();
  }

  /** Hands over rows right after their commit; those of other processes' lanes wake their owners. Never fails: the table has them. */
  offer(rows: readonly OfferedRow[]): void {
    let gap = false;
    const known = this.inMemory;
    for (const row of rows) {
      const lane = this.#lanes.get(row.lane);
      if (!lane || lane.leaving) this.#wakeUp.tell(row.lane);
      else if (!hasRoom(known)) this.#behind = true;
      else {
        if (lane.rows.offer(row) === 'gap') gap = true;
        known.rows += 1;
        known.bytes += row.body.length;
      }
    }
    if (gap) this.readSoon();
    this.pump();
  }

  /** Resolves when at most half of what may be in memory is, or after a second. */
  async untilRoom(): Promise<void> {
    if (this.room(ROOMY_SHARE)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const timer = setTimeout(resolve, LONGEST_WAIT_MS);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }

  /** What is in memory of the rows: how many are known, and the bytes of those that wait. Bounded, whatever waits in the table. */
  get inMemory(): { rows: number; bytes: number } {
    let rows = 0;
    let bytes = 0;
    for (const lane of this.#lanes.values()) {
      rows += lane.rows.size;
      bytes += lane.rows.bytes;
    }
    return { rows, bytes };
  }

  private room(share = 1): boolean {
    return hasRoom(this.inMemory, share);
  }

  private async own(number: number, lease: Lease, signal: AbortSignal): Promise<void> {
    const lane: OwnedLane = { rows: new OutboxLane(), lease, leaving: false };
    this.#lanes.set(number, lane);
    this.readSoon();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    lane.leaving = true;
    // Given away rather than lost: the next owner need not send again what is on its way.
    const until = performance.now() + DRAIN_MS;
    while (lease.valid() && lane.rows.unsettled > 0 && performance.now() < until) await sleep(10);
    this.#lanes.delete(number);
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const more = await this.read().catch((error: unknown) => {
        this.logger.warn('reading the outbox failed', { error: describeError(error) });
        return false;
      });
      if (!more) await sleep(FLOOR_MS, AbortSignal.any([this.#wake.signal, signal]));
    }
  }

  private readSoon(): void {
    this.#wake?.abort();
  }

  /** @returns true when there is more to read and room for it */
  private async read(): Promise<boolean> {
    this.metrics.outboxInMemory.set(this.inMemory.rows);
    if (this.#lanes.size === 0) return false;
    if (!this.room()) {
      this.#behind = true;
      return false;
    }
    const readings = [...this.#lanes].map(([number, { rows }]) => ({ number, rows, reading: rows.beginReading() }));
    try {
      const { rows, cut } = await readOutboxRows(this.database, {
        lanes: readings.map(({ number }) => number), known: readings.flatMap(({ reading }) => reading.known), full: readings.flatMap(({ reading }) => reading.full),
        rows: READ_AT_ONCE, bytes: READ_BYTES,
      });
      // Into the lanes that were read, also when one has changed hands meanwhile and is another by now.
      for (const { number, rows: lane, reading } of readings) lane.take(reading, rows.filter((row) => row.lane === number));
      this.pump();
      return cut;
    } finally {
      for (const { rows, reading } of readings) rows.abandon(reading);
    }
  }

  /** Publishes as much as may be on its way, taking the lanes in turn. */
  private pump(): void {
    if (this.#stop.signal.aborted) return;
    const lanes = [...this.#lanes.values()];
    for (let idle = 0; idle < lanes.length && this.publisher.free > 0;) {
      const lane = lanes[this.#turn++ % lanes.length]!;
      const row = !lane.leaving && lane.lease.valid() ? lane.rows.next() : undefined;
      idle = row ? 0 : idle + 1;
      if (row) void this.send(row, lane.rows);
    }
    if (lanes.some(({ rows }) => rows.hungry) || (this.#behind && this.room(ROOMY_SHARE))) {
      this.#behind = false;
      this.readSoon();
    }
  }

  private async send(row: OutboxRow, lane: OutboxLane): Promise<void> {
    const parent = contextOf(row.traceparent, ROOT_CONTEXT);
    const span = startSpan(`publish ${row.type}`, SpanKind.PRODUCER, { 'messaging.destination.name': row.exchange, 'messaging.message.id': row.messageId }, parent);
    const traceparent = traceparentOf(trace.setSpan(parent, span)) ?? row.traceparent;
    const startedAt = performance.now();
    const outcome = await this.publisher.publish({
      exchange: row.exchange, routingKey: row.routingKey, messageId: row.messageId, type: row.type, body: row.body,
      headers: headersOf(row, traceparent), priority: row.priority, expiresAt: row.expiresAt,
    });
    endSpan(span, outcome === 'confirmed' ? undefined : outcome);
    this.metrics.published(row.type, outcome, performance.now() - startedAt);
    await this.settle(row, lane, outcome).catch((error: unknown) => {
      this.logger.warn('settling an outbox row failed', { messageId: row.messageId, error: describeError(error) });
      lane.hold(row);
    });
  }

  private async settle(row: OutboxRow, lane: OutboxLane, outcome: PublishOutcome): Promise<void> {
    switch (outcome) {
      case 'confirmed':
        this.#deleter.add(row.id);
        // The next of its key may leave only now: that the publisher is free was told a moment earlier.
        if (lane.sent(row)) this.pump();
        return;
      case 'returned': {
        const seconds = await holdOutboxRow(this.database, row, 'unroutable');
        this.logger.error('no queue takes a message; it is held back with its key', { messageId: row.messageId, type: row.type, orderingKey: row.orderingKey, nextTrySeconds: seconds });
        lane.hold(row);
        return;
      }
      case 'refused':
        await sleep(AFTER_REFUSAL_MS, this.#stop.signal);
        lane.again(row);
        this.pump();
        return;
      case 'unknown':
        lane.again(row);
        // Not at once: a connection that is about to close refuses each message on the spot, and only I/O ends that.
        setImmediate(() => this.pump());
    }
  }
}

function hasRoom({ rows, bytes }: { rows: number; bytes: number }, share = 1): boolean {
  return rows < MOST_KNOWN * share && bytes < MOST_BYTES * share;
}
