import type { Database } from '@heddle/platform';
import type { OutboxRow } from './outbox-row.ts';

interface StoredRow {
  id: string; lane: number; ordering_key: string; message_id: string; type: string; exchange: string; routing_key: string;
  body: Buffer; traceparent: string | null; attempts: number; priority: number; expires_at: Date | null;
}

/** Which rows are wanted. */
export interface WantedRows {
  lanes: readonly number[];
  /** Ids to leave out. */
  known: readonly number[];
  /** Ordering keys to leave out. */
  full: readonly string[];
  /** Most rows. */
  rows: number;
  /** Most bytes of their bodies, though at least one row comes. */
  bytes: number;
}

/**
 * The oldest rows of these lanes, without those that wait behind a row that was sent back. Never 'those after the last
 * one': ids commit out of order. @returns `cut` is true when there are more
 */
export async function readOutboxRows(database: Database, { lanes, known, full, rows: most, bytes }: WantedRows): Promise<{ rows: OutboxRow[]; cut: boolean }> {
  // Bodies are fetched for the chosen rows alone: a large one lies outside of its row, and its length does not.
  const rows = await database.query<StoredRow & { total: string }>(`
    WITH oldest AS MATERIALIZED (
      SELECT id, octet_length(body) AS bytes
      FROM outbox o
      WHERE lane = ANY($1::smallint[]) AND id <> ALL($2::bigint[]) AND ordering_key <> ALL($3::text[])
        AND NOT EXISTS (SELECT 1 FROM outbox h WHERE h.ordering_key = o.ordering_key AND h.id <= o.id AND h.due_at > now())
      ORDER BY id LIMIT $4
    ), chosen AS MATERIALIZED (
      SELECT id FROM (SELECT id, sum(bytes) OVER (ORDER BY id) - bytes AS before FROM oldest) sized WHERE before < $5
    )
    SELECT o.id, lane, ordering_key, message_id, type, exchange, routing_key, body, traceparent, attempts, priority, expires_at, (SELECT count(*) FROM oldest) AS total
    FROM chosen c JOIN outbox o ON o.id = c.id
    ORDER BY o.id`, [lanes, known, full, most, bytes]);
  const total = Number(rows[0]?.total ?? 0);
  return {
    cut: total === most || rows.length < total,
    rows: rows.map((row) => ({
      id: Number(row.id), lane: row.lane, orderingKey: row.ordering_key, messageId: row.message_id, type: row.type,
      exchange: row.exchange, routingKey: row.routing_key, body: row.body, traceparent: row.traceparent ?? undefined, attempts: row.attempts,
      priority: row.priority, expiresAt: row.expires_at ?? undefined,
    })),
  };
}
