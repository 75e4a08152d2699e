import { Inject, Injectable } from '@nestjs/common';
import type { MessageType } from '@heddle/contracts';
import { Clock, Database, DayPartitions, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { DeadFailure } from './failure.ts';
import { causeOf, normaliseMessage } from './normalise-message.ts';
import type { ParkingMessage } from './parking-lot.ts';
import { storable, storableHeaders, storableKey, storableStack } from './storable.ts';

/** Dead letters are kept this many whole days; inbox rows live a day longer. */
export const DEAD_LETTER_DAYS = 7;

/** News of a message that is itself such news would be told of without end. */
export const NEVER_ANNOUNCED: MessageType = 'dead_letter.changed';

export interface DeadLetterOptions {
  /** The messages of its key wait until a person has dealt with it; default false. */
  holdsKey?: boolean;
  /** Writes more in the same transaction. */
  write?: (tx: EntityManager) => Promise<void>;
}

/** Messages that were given up, as rows by day, dropped by the day. */
@Injectable()
export class DeadLetterStore {
  readonly partitions: DayPartitions;

  constructor(@Inject(Database) private readonly database: Database, @Inject(Clock) clock: Clock) {
    this.partitions = new DayPartitions({ database, clock, table: 'dead_letter' });
  }

  /** Keeps a message that is given up; the same one twice is one row. */
  async add(message: ParkingMessage, failure: DeadFailure, attempts: number, options: DeadLetterOptions = {}): Promise<void> {
    const consumer = message.consumer;
    const messageId = storable(message.messageId);
    await this.partitions.writing((day) => this.database.transaction(async (tx) => {
      await options.write?.(tx);
      // A delivery whose acknowledgement was lost comes again, maybe to another process: no key over all days could tell.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('dead letter'), hashtext($1 || $2))`, [consumer, messageId]);
      await tx.query(`
        INSERT INTO dead_letter (failed_on, id, consumer, message_id, type, source, fabric_id, correlation_id, ordering_key, body, body_hash, size, headers,
          state, holds_key, attempts, reason, message, cause, pattern, stack, first_failed_at, last_failed_at, announced)
        SELECT $1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'dead', $13, $14, $15, $16, $17, $18, $19, now(), now(), $4 = $20
        WHERE NOT EXISTS (SELECT 1 FROM dead_letter WHERE consumer = $2 AND message_id = $3 AND body_hash = $10 AND state = 'dead')`,
      [day, consumer, messageId, storable(message.type), optional(message.source), message.fabricId ?? null, optional(message.correlationId),
        message.orderingKey === undefined ? null : storableKey(message.orderingKey), message.body, message.hash, message.size ?? message.body.length, storableHeaders(message.headers),
        options.holdsKey ?? false, attempts, ...causeColumns(consumer, message.type, failure), NEVER_ANNOUNCED]);
    }));
  }

  /** Gives up a message that was parked. */
  async addParked(id: string, failure: DeadFailure, attempts: number, options: DeadLetterOptions = {}): Promise<void> {
    await this.partitions.writing((day) => this.database.transaction(async (tx) => {
      const [parked] = await rowsOf<{ consumer: string; type: string }>(tx, 'SELECT consumer, type FROM parked WHERE id = $1 FOR UPDATE', [id]);
      if (!parked) return;
      await tx.query(`
        WITH gone AS (DELETE FROM parked WHERE id = $2 RETURNING *)
        INSERT INTO dead_letter (failed_on, id, consumer, message_id, type, source, fabric_id, correlation_id, ordering_key, body, body_hash, size, headers,
          state, holds_key, attempts, reason, message, cause, pattern, stack, first_failed_at, last_failed_at, announced)
        SELECT $1, id, consumer, message_id, type, source, fabric_id, correlation_id, ordering_key, body, body_hash, octet_length(body), headers,
          'dead', $3, $4, $5, $6, $7, $8, $9, first_failed_at, now(), type = $10
        FROM gone WHERE NOT EXISTS (SELECT 1 FROM dead_letter d WHERE d.consumer = gone.consumer AND d.message_id = gone.message_id AND d.body_hash = gone.body_hash AND d.state = 'dead')`,
      [day, id, options.holdsKey ?? false, attempts, ...causeColumns(parked.consumer, parked.type, failure), NEVER_ANNOUNCED]);
    }));
  }

  /** How many wait for a person. */
  async count(): Promise<number> {
    const [row] = await this.database.query<{ count: string }>(`SELECT count(*) FROM dead_letter WHERE state = 'dead'`);
    return Number(row?.count ?? 0);
  }

  /** Makes the days to come and drops those that are past their time. */
  async keepDays(): Promise<string[]> {
    await this.partitions.makeAhead();
    return this.partitions.dropOlderThan(DEAD_LETTER_DAYS);
  }
}

/** reason, message, cause, pattern, stack. */
export function causeColumns(consumer: string, type: string, failure: Omit<DeadFailure, 'state'>): [string, string, string, string, string | null] {
  const message = storable(failure.message);
  const pattern = normaliseMessage(message);
  return [failure.reason, message, causeOf(consumer, type, failure.reason, pattern), pattern, storableStack(failure.stack)];
}

function optional(text: string | undefined): string | null {
  return text === undefined ? null : storable(text);
}
