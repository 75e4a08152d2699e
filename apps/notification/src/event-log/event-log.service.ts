import { EventEmitter, once } from 'node:events';
import type { Envelope, LoggedEvent, Page } from '@heddle/contracts';
import { Clock, Database, isPartitionMissing, onCommit, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DeliveryQueue } from '../deliveries/delivery-queue.ts';
import { EventPartitions } from './event-partitions.ts';
import { type EventSearch, type FoundEvent, searchEvents } from './search-events.ts';

/** Another replica's events are seen this late at most. */
const LOOK_EVERY_MS = 500;

export interface EventQuery {
  /** Position to start after; absent: the end of the log. */
  after?: string | undefined;
  limit: number;
  waitMs: number;
  fabricId?: string | undefined;
  types?: string[] | undefined;
}

/** Every event, in the order in which it was logged. */
@Injectable()
export class EventLogService {
  readonly #appended = new EventEmitter().setMaxListeners(0);

  constructor(
    private readonly database: Database, private readonly partitions: EventPartitions,
    private readonly deliveries: DeliveryQueue, private readonly clock: Clock,
  ) {}

  /** Logs events that are not in the log yet, and queues their deliveries, in the caller's transaction. */
  async append(tx: EntityManager, events: readonly Envelope[]): Promise<void> {
    const { at, day } = await this.partitions.now();
    const given = [...new Map(events.map((event) => [event.event_id, event])).values()];
    // Appends queue up here until the commit, so that a reader who saw a position never misses a smaller one.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('event log'), hashtext(current_schema()))`);
    const positions = await this.insert(tx, given, at, day);
    const fresh = given.filter((event) => positions.has(event.event_id));
    if (fresh.length === 0) return;
    await this.deliveries.add(tx, fresh.map((event) => ({ event, position: positions.get(event.event_id)! })));
    onCommit(tx, () => this.#appended.emit('appended'));
  }

  /** @returns the positions of those that were not logged before */
  private async insert(tx: EntityManager, events: readonly Envelope[], at: Date, day: string): Promise<Map<string, string>> {
    try {
      const rows = await rowsOf<{ position: string; event_id: string }>(tx,
        `WITH fresh AS (INSERT INTO event_key (event_id, logged_on) SELECT k, $1 FROM unnest($3::uuid[]) k ON CONFLICT DO NOTHING RETURNING event_id)
         INSERT INTO event (logged_on, logged_at, event_id, event_type, source, fabric_id, correlation_id, body)
         SELECT $1, $2, e.event_id, e.event_type, e.source, e.fabric_id, e.correlation_id, e.body
         FROM unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::jsonb[]) WITH ORDINALITY
           AS e (event_id, event_type, source, fabric_id, correlation_id, body, n) JOIN fresh USING (event_id) ORDER BY e.n
         RETURNING position, event_id`,
        [day, at, events.map((e) => e.event_id), events.map((e) => e.event_type), events.map((e) => e.source),
          events.map((e) => e.metadata.fabric_id ?? null), events.map((e) => e.metadata.correlation_id), events.map((e) => JSON.stringify(e, storable))],
      );
      return new Map(rows.map((row) => [row.event_id, row.position]));
    } catch (error) {
      // Another replica has dropped it, or the clock went back behind it: it is made anew for the next try, which comes at once.
      if (isPartitionMissing(error)) this.partitions.forget();
      throw error;
    }
  }

  /** Events by what a person looks for, those of restored days too. */
  search(search: EventSearch): Promise<Page<FoundEvent>> {
    return searchEvents(this.database, search);
  }

  /** Events after a position; waits up to `waitMs` for the first one. */
  async read(query: EventQuery, signal?: AbortSignal): Promise<{ items: LoggedEvent[]; last: string }> {
    const until = this.clock.monotonicMs() + query.waitMs;
    for (;;) {
      const page = await this.page(query);
      const left = until - this.clock.monotonicMs();
      if (page.items.length > 0 || left <= 0 || query.after === undefined || signal?.aborted) return page;
      const soon = AbortSignal.any([AbortSignal.timeout(Math.min(left, LOOK_EVERY_MS)), ...(signal ? [signal] : [])]);
      await once(this.#appended, 'appended', { signal: soon }).catch(() => undefined); // aborted: time to look again
    }
  }

  private async page(query: EventQuery): Promise<{ items: LoggedEvent[]; last: string }> {
    // One statement, so that `last` and the page are of the same instant.
    const [row] = await this.database.query<{ last: string; items: LoggedEvent[] | null }>(
      `SELECT coalesce((SELECT max(position) FROM event), 0)::text AS last,
         (SELECT json_agg(json_build_object('position', p.position::text, 'event', p.body) ORDER BY p.position) FROM (
           SELECT position, body FROM event
           WHERE position > $1::bigint AND ($2::uuid IS NULL OR fabric_id = $2) AND ($3::text[] IS NULL OR event_type = ANY ($3))
           ORDER BY position LIMIT $4) p) AS items`,
      [query.after ?? '9223372036854775807', query.fabricId ?? null, query.types ?? null, query.limit],
    );
    return { items: row?.items ?? [], last: row?.last ?? '0' };
  }
}

/** jsonb takes neither NUL nor half a surrogate pair; an event with one is logged with U+FFFD in its place rather than lost. */
function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD').toWellFormed() : value;
}
