import type { Database } from '@heddle/platform';
import type { OutboxRow } from './outbox-row.ts';

interface StoredRow {
  id: string; lane: number; ordering_key: string; message_id: string; type: string; exchange: string; routing_key: string;
  body: Buffer; traceparent: string | null; attempts: number; priority: number; expires_at: Date | null;
}

/** The oldest rows of these lanes that are not known yet, without those that wait behind a row that was sent back. */
export async function readOutboxRows(database: Database, lanes: readonly number[], known: readonly number[], limit: number): Promise<OutboxRow[]> {
  const rows = await database.query<StoredRow>(`
    SELECT id, lane, ordering_key, message_id, type, exchange, routing_key, body, traceparent, attempts, priority, expires_at
    FROM outbox o
    WHERE lane = ANY($1::smallint[]) AND id <> ALL($2::bigint[])
      AND NOT EXISTS (SELECT 1 FROM outbox h WHERE h.ordering_key = o.ordering_key AND h.id <= o.id AND h.due_at > now())
    ORDER BY id LIMIT $3`, [lanes, known, limit]);
  return rows.map((row) => ({
    id: Number(row.id), lane: row.lane, orderingKey: row.ordering_key, messageId: row.message_id, type: row.type,
    exchange: row.exchange, routingKey: row.routing_key, body: row.body, traceparent: row.traceparent ?? undefined, attempts: row.attempts,
    priority: row.priority, expiresAt: row.expires_at ?? undefined,
  }));
}
