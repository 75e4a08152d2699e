import type { Outbox } from '@heddle/messaging';
import { describeError, LeaseLost, sleep, type Clock, type Database, type Ids, type Lease, type Logger } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { Coalescer } from './coalescer.ts';
import type { KindStatus } from './kind-watch.ts';
import { observationMessages } from './observation-messages.ts';

export interface ObservationFlushOptions {
  readonly fabricId: string;
  readonly lease: Lease;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly flushMs: number;
}

interface StatusChange extends KindStatus {
  readonly kind: string;
  readonly lastHeardAt: Date | null;
  /** News of the fields that were asked about. */
  readonly fields?: readonly { path: string; present: boolean }[];
}

/** So many observations are told without waiting for more. */
const FLUSH_ITEMS = 250;

/** Gathers what the watches of a fabric see, and tells it in one transaction per flush that the lease vouches for. */
export class ObservationFlush {
  readonly coalescer = new Coalescer();
  #statuses: StatusChange[] = [];
  #agents: ReadonlySet<string> = new Set();
  #sequence = 0;
  #signOfLife: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(private readonly options: ObservationFlushOptions) {}

  /** Kinds that travel as agents.observed. */
  tellAsAgents(kinds: readonly string[]): void {
    this.#agents = new Set(kinds);
  }

  /** Something waits in the coalescer. */
  news(): void {
    if (this.coalescer.size >= FLUSH_ITEMS) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), this.options.flushMs);
  }

  status(change: StatusChange): void {
    this.#statuses.push(change);
    this.news();
  }

  /** Tells that the watches are kept, by an observation of nothing: else a quiet cluster would look like a dead watcher. */
  alive(kind: string): void {
    this.#signOfLife = kind;
    this.news();
  }

  /** Resolves when all that waits was told, or the lease is lost. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#run());
    return this.#flushing;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const { lease, database, outbox, logger, fabricId } = this.options;
    // What comes meanwhile takes the place of what it makes obsolete.
    await outbox.room();
    if (lease.signal.aborted) return;
    const taken = this.coalescer.take();
    const statuses = this.#statuses;
    this.#statuses = [];
    const quiet = taken.length === 0 ? this.#signOfLife : null;
    this.#signOfLife = null;
    if (taken.length === 0 && statuses.length === 0 && quiet === null) return;
    try {
      await database.transaction(async (tx) => {
        await lease.assertIn(tx);
        await this.#tellObservations(tx, taken);
        if (quiet !== null) await this.#tellNothing(tx, quiet);
        for (const change of statuses) await this.#tellStatus(tx, change);
      });
    } catch (error) {
      if (error instanceof LeaseLost || lease.signal.aborted) return;
      // Nothing is lost: the last state of each object waits for the next flush.
      this.coalescer.putBack(taken);
      this.#statuses = [...statuses, ...this.#statuses];
      logger.warn('telling observations failed', { fabricId, error: describeError(error) });
      await sleep(500, lease.signal);
      this.news();
    }
  }

  async #tellObservations(tx: EntityManager, taken: ReturnType<Coalescer['take']>): Promise<void> {
    const { fabricId, lease, outbox, clock, ids, logger } = this.options;
    for (const pending of taken) {
      const messages = observationMessages(pending, {
        fabricId, watchEpoch: lease.epoch, observedAt: clock.now().toISOString(), nextSequence: () => ++this.#sequence, snapshotId: () => ids.uuid(),
        onTooLarge: (kind, name) => logger.error('an object is too large to be told', { fabricId, kind, name }),
      });
      const type = this.#agents.has(pending.kind) ? 'agents.observed' : 'objects.observed';
      for (const message of messages) {
        await outbox.add(tx, type, message, { fabricId, orderingKey: `${fabricId}:${pending.kind}`, sequence: message.sequence, epoch: lease.epoch });
      }
    }
  }

  async #tellNothing(tx: EntityManager, kind: string): Promise<void> {
    const { fabricId, lease, outbox, clock } = this.options;
    const sequence = ++this.#sequence;
    await outbox.add(tx, this.#agents.has(kind) ? 'agents.observed' : 'objects.observed',
      { fabricId, watchEpoch: lease.epoch, sequence, kind, mode: 'changes', resourceVersion: '', observedAt: clock.now().toISOString(), items: [] },
      { fabricId, orderingKey: `${fabricId}:${kind}`, sequence, epoch: lease.epoch });
  }

  async #tellStatus(tx: EntityManager, change: StatusChange): Promise<void> {
    const { fabricId, lease, outbox } = this.options;
    await tx.query(
      `INSERT INTO watch (fabric_id, kind, state, reason, last_heard_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (fabric_id, kind) DO UPDATE SET state = excluded.state, reason = excluded.reason, last_heard_at = coalesce(excluded.last_heard_at, watch.last_heard_at)`,
      [fabricId, change.kind, change.state, change.reason, change.lastHeardAt]);
    await outbox.add(tx, 'watch.state_changed', {
      fabricId, kind: change.kind, watchEpoch: lease.epoch, sequence: ++this.#sequence, state: change.state, reason: change.reason, message: change.message,
      lastHeardAt: change.lastHeardAt?.toISOString() ?? null, ...(change.fields && { fields: [...change.fields] }),
    }, { fabricId, orderingKey: `${fabricId}:${change.kind}`, epoch: lease.epoch });
  }
}
