import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { OfferedRow, OutboxRow } from './outbox-row.ts';

/** A row before it has an id; `ordered` is false where no order was asked for. */
export type NewRow = Omit<OutboxRow, 'id' | 'attempts'> & { ordered: boolean };

/** Inserts rows in the given order, in one statement, and tells for each which row of its key comes before it. */
export async function insertOutboxRows(tx: EntityManager, rows: readonly NewRow[]): Promise<OfferedRow[]> {
  const column = <Name extends keyof NewRow>(name: Name) => rows.map((row) => row[name]);
  const keys = [...new Set(rows.filter(({ ordered }) => ordered).map(({ orderingKey }) => orderingKey))];
  // The snapshot shows neither the rows that this statement inserts nor, since writers lock their key first, gaps.
  const inserted = await rowsOf<{ id: string; message_id: string; after: string | null }>(tx, `
    WITH previous AS (
      SELECT k.key, (SELECT o.id FROM outbox o WHERE o.ordering_key = k.key ORDER BY o.id DESC LIMIT 1) AS id
      FROM unnest($1::text[]) AS k(key)
    ), inserted AS (
      INSERT INTO outbox (lane, ordering_key, message_id, type, exchange, routing_key, body, traceparent, priority, expires_at)
      SELECT r.lane, r.ordering_key, r.message_id, r.type, r.exchange, r.routing_key, substring($8::bytea FROM r.start FOR r.size), r.traceparent, r.priority, r.expires_at
      FROM (
        SELECT * FROM unnest($2::smallint[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $9::integer[], $10::integer[], $11::text[], $12::smallint[], $13::timestamptz[])
          WITH ORDINALITY AS u(lane, ordering_key, message_id, type, exchange, routing_key, start, size, traceparent, priority, expires_at, position)
        ORDER BY position
      ) r
      RETURNING id, message_id, ordering_key
    )
    SELECT i.id, i.message_id, p.id AS after FROM inserted i LEFT JOIN previous p ON p.key = i.ordering_key`,
  [keys, column('lane'), column('orderingKey'), column('messageId'), column('type'), column('exchange'), column('routingKey'), ...joined(column('body')),
    rows.map(({ traceparent }) => traceparent ?? null), column('priority'), rows.map(({ expiresAt }) => expiresAt ?? null)]);
  return chain(rows, new Map(inserted.map((row) => [row.message_id, row])));
}

/** Bodies end to end, with where each begins, counted from 1, and its size: as an array they would be written in hex, and read sign by sign at the other end. */
function joined(bodies: readonly Buffer[]): [bytes: Buffer, starts: number[], sizes: number[]] {
  let next = 1;
  const starts = bodies.map(({ length }) => (next += length) - length);
  return [Buffer.concat(bodies), starts, bodies.map(({ length }) => length)];
}

function chain(rows: readonly NewRow[], inserted: ReadonlyMap<string, { id: string; after: string | null }>): OfferedRow[] {
  const last = new Map<string, number>();
  return rows.map((row) => {
    const found = inserted.get(row.messageId);
    if (!found) throw new Error(`PostgreSQL did not answer with the outbox row of message ${row.messageId}`);
    const id = Number(found.id);
    const after = last.get(row.orderingKey) ?? (found.after === null ? null : Number(found.after));
    last.set(row.orderingKey, id);
    return { ...row, id, attempts: 0, after };
  });
}
