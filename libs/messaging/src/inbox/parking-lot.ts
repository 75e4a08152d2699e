import { Inject, Injectable } from '@nestjs/common';
import { Database, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { Failure } from './failure.ts';

/** A message that could not be taken, on its way into the table. */
export interface ParkingMessage {
  consumer: string;
  messageId: string;
  type: string;
  orderingKey: string | undefined;
  body: Buffer;
  hash: Buffer;
  headers: Record<string, unknown>;
}

/** A parked message whose time has come. */
export interface DueMessage extends ParkingMessage {
  id: string;
  /** How often it has failed. */
  attempts: number;
}

interface ParkedRow {
  id: string; consumer: string; message_id: string; type: string; ordering_key: string | null;
  body: Buffer; body_hash: Buffer; headers: Record<string, unknown>; attempts: number;
}

/** Messages that their consumer could not take, as rows: `parked` until the next attempt, `dead` when given up. */
@Injectable()
export class ParkingLot {
  constructor(@Inject(Database) private readonly database: Database) {}

  /** Keeps a message; the same one twice is one row. @param attempts 0 when it only waits behind another of its key */
  async put(message: ParkingMessage, failure: Failure, attempts: number): Promise<void> {
    await this.database.query(`
      INSERT INTO parked (consumer, message_id, type, ordering_key, body, body_hash, headers, state, attempts, due_at, reason, message)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $8 = 'parked' THEN now() + make_interval(secs => $10::double precision / 1000) END, $11, $12)
      ON CONFLICT (consumer, message_id, body_hash) DO NOTHING`,
    [message.consumer, storable(message.messageId), storable(message.type), message.orderingKey === undefined ? null : storableKey(message.orderingKey), message.body, message.hash, storableJson(message.headers),
      failure.state, attempts, failure.state === 'parked' ? failure.delayMs : 0, failure.reason, storable(failure.message)]);
  }

  /** True when a message of this key waits: in an ordered consumer the ones after it wait behind it. */
  async holds(consumer: string, orderingKey: string): Promise<boolean> {
    const rows = await this.database.query(`SELECT 1 FROM parked WHERE consumer = $1 AND ordering_key = $2 AND state = 'parked' LIMIT 1`, [consumer, storableKey(orderingKey)]);
    return rows.length > 0;
  }

  /** Messages whose time has come, at most one of a key of an ordered consumer. */
  due(consumers: readonly string[], ordered: readonly string[], limit: number): Promise<{ id: string; consumer: string }[]> {
    return this.database.query(`
      SELECT id, consumer FROM parked p
      WHERE state = 'parked' AND due_at <= now() AND consumer = ANY($1)
        AND NOT (consumer = ANY($2) AND EXISTS (
          SELECT 1 FROM parked e WHERE e.consumer = p.consumer AND e.ordering_key = p.ordering_key AND e.state = 'parked' AND e.position < p.position))
      ORDER BY due_at LIMIT $3`, [consumers, ordered, limit]);
  }

  /** Takes a due message into this transaction; absent when another process has it or it is gone. */
  async take(tx: EntityManager, id: string): Promise<DueMessage | undefined> {
    const [row] = await rowsOf<ParkedRow>(tx, `SELECT * FROM parked WHERE id = $1 AND state = 'parked' AND due_at <= now() FOR UPDATE SKIP LOCKED`, [id]);
    return row && {
      id: row.id, consumer: row.consumer, messageId: row.message_id, type: row.type, orderingKey: row.ordering_key ?? undefined,
      body: row.body, hash: row.body_hash, headers: row.headers, attempts: row.attempts,
    };
  }

  /** It was handled. */
  async remove(tx: EntityManager, id: string): Promise<void> {
    await tx.query(`DELETE FROM parked WHERE id = $1`, [id]);
  }

  /** It failed once more. */
  async failedAgain(id: string, failure: Failure, attempts: number): Promise<void> {
    await this.database.query(`
      UPDATE parked SET state = $2, attempts = $3, due_at = CASE WHEN $2 = 'parked' THEN now() + make_interval(secs => $4::double precision / 1000) END,
        reason = $5, message = $6, last_failed_at = now()
      WHERE id = $1`,
    [id, failure.state, attempts, failure.state === 'parked' ? failure.delayMs : 0, failure.reason, storable(failure.message)]);
  }

  /** Drops what was given up a week ago. */
  async prune(): Promise<void> {
    await this.database.query(`DELETE FROM parked WHERE state = 'dead' AND last_failed_at < now() - interval '7 days'`);
  }

  async counts(): Promise<{ parked: number; dead: number }> {
    const [row] = await this.database.query<{ parked: string; dead: string }>(`SELECT count(*) FILTER (WHERE state = 'parked') AS parked, count(*) FILTER (WHERE state = 'dead') AS dead FROM parked`);
    return { parked: Number(row?.parked ?? 0), dead: Number(row?.dead ?? 0) };
  }
}

/** jsonb takes no NUL either: what a stranger wrote into a header must not keep a message from being parked. */
function storableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1');
}

/** An index takes no row over 2,704 bytes; keys that are alike so far wait for each other, which does no harm. */
function storableKey(key: string): string {
  return storable(key).slice(0, 500);
}

/** PostgreSQL's text takes no NUL, and nobody reads more than this. */
function storable(text: string): string {
  return text.replaceAll('\0', '').slice(0, 4_000);
}
