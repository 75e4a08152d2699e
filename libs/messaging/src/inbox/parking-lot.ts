import { Inject, Injectable } from '@nestjs/common';
import { Database, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { type DeadLetterOptions, DeadLetterStore } from './dead-letter-store.ts';
import type { Failure, ParkedFailure } from './failure.ts';
import { storable, storableHeaders, storableKey, storableStack } from './storable.ts';

/** A message that could not be taken, on its way into a table. */
export interface ParkingMessage {
  consumer: string;
  messageId: string;
  type: string;
  source?: string | undefined;
  fabricId?: string | undefined;
  correlationId?: string | undefined;
  orderingKey: string | undefined;
  /** The bytes as received; of one that is too large only its beginning. */
  body: Buffer;
  /** sha256 of all bytes that were received. */
  hash: Buffer;
  /** How many bytes were received; default those of the body. */
  size?: number;
  headers: Record<string, unknown>;
}

/** A parked message whose time has come. */
export interface DueMessage extends ParkingMessage {
  id: string;
  /** How often it has failed. */
  attempts: number;
  /** What the last attempt failed by, or what it is behind; in words. */
  waitsBecause: string;
}

interface ParkedRow {
  id: string; consumer: string; message_id: string; type: string; ordering_key: string | null;
  body: Buffer; body_hash: Buffer; headers: Record<string, unknown>; attempts: number; message: string;
}

/** Messages that their consumer could not take yet, as rows, until the next attempt; what is given up goes on to the {@link DeadLetterStore}. */
@Injectable()
export class ParkingLot {
  constructor(@Inject(Database) private readonly database: Database, @Inject(DeadLetterStore) private readonly deadLetters: DeadLetterStore) {}

  /** Keeps a message; the same one twice is one row. @param attempts 0 when it only waits behind another of its key */
  async put(message: ParkingMessage, failure: Failure, attempts: number, options: DeadLetterOptions = {}): Promise<void> {
    if (failure.state === 'dead') await this.deadLetters.add(message, failure, attempts, options);
    else await this.park(this.database, message, failure, attempts);
  }

  /** Keeps a message that takes the place of a dead one, in front of what waits of its key, in a transaction that writes more. */
  async putInFront(message: ParkingMessage, failure: Failure, write: (tx: EntityManager) => Promise<void>, options: DeadLetterOptions = {}): Promise<void> {
    if (failure.state === 'dead') return this.deadLetters.add(message, failure, 1, { ...options, write });
    await this.database.transaction(async (tx) => {
      await write(tx);
      await this.park(tx, message, failure, 1);
      await tx.query(`
        UPDATE parked SET position = (SELECT min(position) - 1 FROM parked e WHERE e.consumer = parked.consumer AND e.ordering_key = parked.ordering_key)
        WHERE consumer = $1 AND message_id = $2 AND ordering_key IS NOT NULL`, [message.consumer, message.messageId]);
    });
  }

  /** Messages whose time has come; of a key of an ordered consumer at most one, and none while a dead letter holds the key. */
  async due(consumers: readonly string[], ordered: readonly string[], limit: number): Promise<{ id: string; consumer: string }[]> {
    // Most often none is, which is asked twice a second: what follows takes 0.5 ms, nearly all of it to plan, since dead
    // letters have a partition for each day; this 0.07. Neither is planned once: a plan of when the table was empty reads all of it.
    const [first] = await this.database.query<{ due: boolean }>(`SELECT due_at <= now() AS due FROM parked ORDER BY due_at LIMIT 1`);
    if (!first?.due) return [];
    return this.database.query(`
      SELECT id, consumer FROM parked p
      WHERE due_at <= now() AND consumer = ANY($1)
        AND NOT (consumer = ANY($2) AND (
          EXISTS (SELECT 1 FROM parked e WHERE e.consumer = p.consumer AND e.ordering_key = p.ordering_key AND e.position < p.position)
          OR EXISTS (SELECT 1 FROM dead_letter d WHERE d.consumer = p.consumer AND d.ordering_key = p.ordering_key AND d.state = 'dead' AND d.holds_key)))
      ORDER BY due_at LIMIT $3`, [consumers, ordered, limit]);
  }

  /** Messages that no replica has tried within a day after their time, of consumers that are none of these: no release that runs takes them. */
  abandoned(consumers: readonly string[], limit: number): Promise<{ id: string; consumer: string; attempts: number }[]> {
    return this.database.query(`SELECT id, consumer, attempts FROM parked WHERE due_at < now() - interval '1 day' AND consumer <> ALL($1) ORDER BY consumer, position LIMIT $2`, [consumers, limit]);
  }

  /** Takes a due message into this transaction; absent when another process has it or it is gone. */
  async take(tx: EntityManager, id: string): Promise<DueMessage | undefined> {
    const [row] = await rowsOf<ParkedRow>(tx, `SELECT * FROM parked WHERE id = $1 AND due_at <= now() FOR UPDATE SKIP LOCKED`, [id]);
    return row && {
      id: row.id, consumer: row.consumer, messageId: row.message_id, type: row.type, orderingKey: row.ordering_key ?? undefined,
      body: row.body, hash: row.body_hash, headers: row.headers, attempts: row.attempts, waitsBecause: row.message,
    };
  }

  /** It was handled. */
  async remove(tx: EntityManager, id: string): Promise<void> {
    await tx.query(`DELETE FROM parked WHERE id = $1`, [id]);
  }

  /** It failed once more. */
  async failedAgain(id: string, failure: Failure, attempts: number, options: DeadLetterOptions = {}): Promise<void> {
    if (failure.state === 'dead') return this.deadLetters.addParked(id, failure, attempts, options);
    await this.database.query(`
      UPDATE parked SET attempts = $2, due_at = now() + make_interval(secs => $3::double precision / 1000), reason = $4, message = $5, stack = $6, last_failed_at = now()
      WHERE id = $1`,
    [id, attempts, failure.delayMs, failure.reason, storable(failure.message), storableStack(failure.stack)]);
  }

  /** How many wait for another attempt. */
  async count(): Promise<number> {
    const [row] = await this.database.query<{ count: string }>(`SELECT count(*) FROM parked`);
    return Number(row?.count ?? 0);
  }

  private async park(runner: { query(sql: string, parameters: unknown[]): Promise<unknown> }, message: ParkingMessage, failure: ParkedFailure, attempts: number): Promise<void> {
    const text = (value: string | undefined) => (value === undefined ? null : storable(value));
    await runner.query(`
      INSERT INTO parked (consumer, message_id, type, source, fabric_id, correlation_id, ordering_key, body, body_hash, headers, attempts, due_at, reason, message, stack)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12::double precision / 1000), $13, $14, $15)
      ON CONFLICT (consumer, message_id, body_hash) DO NOTHING`,
    [message.consumer, storable(message.messageId), storable(message.type), text(message.source), message.fabricId ?? null, text(message.correlationId),
      message.orderingKey === undefined ? null : storableKey(message.orderingKey), message.body, message.hash, storableHeaders(message.headers),
      attempts, failure.delayMs, failure.reason, storable(failure.message), storableStack(failure.stack)]);
  }
}
