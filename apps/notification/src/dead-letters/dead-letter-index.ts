import { deadLetterChangedV1, type Envelope, type deadLetterGroups, type deadLetterList } from '@heddle/contracts';
import { DEAD_LETTER_DAYS, groupDeadLetters, listDeadLetters } from '@heddle/messaging';
import { Background, Clock, Database, dayOf, DayPartitions } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';

const HOURLY_MS = 3_600_000;
const COLUMNS = `failed_on, id, consumer, message_id, type, source, fabric_id, correlation_id, ordering_key, size, state, holds_key, attempts, reason, message, cause, pattern,
  first_failed_at, last_failed_at, closed_at, closed_by, note, replaced_by, version`;

/** Its own dead letters are read where they are: the events that would tell of them may be what it can't take. */
const ALL = `(SELECT ${COLUMNS}, service FROM known_dead_letter UNION ALL SELECT ${COLUMNS}, 'notification' FROM dead_letter)`;

type Page<Contract extends { response: z.ZodType }> = Promise<z.output<Contract['response']>>;
type Item = z.output<typeof deadLetterChangedV1.schema>['items'][number];

/** What every service gave up, in one place, so that a service that is down hides nothing. The bodies stay with their services. */
@Injectable()
export class DeadLetterIndex implements OnApplicationBootstrap {
  readonly #partitions: DayPartitions;

  constructor(private readonly database: Database, private readonly clock: Clock, private readonly background: Background) {
    this.#partitions = new DayPartitions({ database, clock, table: 'known_dead_letter' });
  }

  onApplicationBootstrap(): void {
    this.background.every('retention of the dead letter index', HOURLY_MS, async () => {
      await this.#partitions.makeAhead();
      await this.#partitions.dropOlderThan(DEAD_LETTER_DAYS);
    });
  }

  /** Takes what events tell of dead letters, newer versions alone, in whichever order they come. */
  async take(tx: EntityManager, events: readonly Envelope[]): Promise<void> {
    const oldest = dayOf(this.clock.now(), -DEAD_LETTER_DAYS);
    const items = events.filter((event) => event.event_type === deadLetterChangedV1.type)
      .flatMap((event) => deadLetterChangedV1.schema.parse(event.data).items.map((item) => ({ ...item, service: event.source })))
      .filter(({ failedOn }) => failedOn >= oldest);
    if (items.length === 0) return;
    for (const day of new Set(items.map(({ failedOn }) => failedOn))) await this.#partitions.ensure(day);
    await tx.query(`
      INSERT INTO known_dead_letter AS known (service, ${COLUMNS})
      SELECT service, ${COLUMNS} FROM jsonb_populate_recordset(NULL::known_dead_letter, $1)
      ON CONFLICT (failed_on, service, id) DO UPDATE SET
        state = EXCLUDED.state, attempts = EXCLUDED.attempts, reason = EXCLUDED.reason, message = EXCLUDED.message, cause = EXCLUDED.cause, pattern = EXCLUDED.pattern,
        last_failed_at = EXCLUDED.last_failed_at, closed_at = EXCLUDED.closed_at, closed_by = EXCLUDED.closed_by, note = EXCLUDED.note, replaced_by = EXCLUDED.replaced_by, version = EXCLUDED.version
      WHERE known.version < EXCLUDED.version`, [JSON.stringify(newestOf(items).map(rowOf))]);
  }

  list(query: z.output<typeof deadLetterList.request>): Page<typeof deadLetterList> {
    return listDeadLetters(this.database, ALL, query);
  }

  groups(query: z.output<typeof deadLetterGroups.request>): Page<typeof deadLetterGroups> {
    return groupDeadLetters(this.database, ALL, query);
  }
}

type KnownItem = Item & { service: string };

/** One statement can't touch a row twice. Sorted, so that two replicas can't deadlock. */
function newestOf(items: readonly KnownItem[]): KnownItem[] {
  const newest = new Map<string, KnownItem>();
  for (const item of items) {
    const key = `${item.service} ${item.id}`;
    if ((newest.get(key)?.version ?? 0) < item.version) newest.set(key, item);
  }
  return [...newest.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, item]) => item);
}

function rowOf(item: KnownItem): Record<string, unknown> {
  return {
    failed_on: item.failedOn, service: item.service, id: item.id, consumer: item.consumer, message_id: item.messageId, type: item.type, source: item.source, fabric_id: item.fabricId,
    correlation_id: item.correlationId, ordering_key: item.orderingKey, size: item.size, state: item.state, holds_key: item.holdsKey, attempts: item.attempts, reason: item.reason, message: item.message,
    cause: item.cause, pattern: item.pattern, first_failed_at: item.firstFailedAt, last_failed_at: item.lastFailedAt, closed_at: item.closedAt, closed_by: item.closedBy, note: item.note,
    replaced_by: item.replacedBy, version: item.version,
  };
}
