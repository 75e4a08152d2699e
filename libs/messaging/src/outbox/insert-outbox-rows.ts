import { plainArray, planOnce, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { endToEnd } from './bodies.ts';
import type { OfferedRow, OutboxRow } from './outbox-row.ts';

/** A row before it has an id; `ordered` is false where no order was asked for: its ordering key is then its own message id. */
export type NewRow = Omit<OutboxRow, 'id' | 'attempts'> & { ordered: boolean };

/**
 * Bodies come last: whoever writes the parameters makes room for what follows by copying what came before. What rows have in
 * common stands once, as a kind. What is as wide in every row and never null is taken from its array by place, which costs
 * less than to unnest it. The snapshot shows neither the rows that this statement inserts nor, since writers lock their key
 * first, gaps. Ids are given in the order of the rows, so that sorted they are those of the rows in turn.
 */
const insertAfter = (previous: string): string => `
  WITH previous AS (${previous}), inserted AS (
    INSERT INTO outbox (lane, ordering_key, message_id, type, exchange, routing_key, priority, traceparent, expires_at, body)
    SELECT ($8::smallint[])[r.place], coalesce(r.ordering_key, r.message_id::text), r.message_id, ($2::text[])[r.kind], ($3::text[])[r.kind], ($4::text[])[r.kind], ($5::smallint[])[r.kind], ($6::text[])[r.kind],
      r.expires_at, substring($14::bytea FROM ($12::integer[])[r.place] FOR ($13::integer[])[r.place])
    FROM (
      SELECT * FROM unnest($7::smallint[], $9::text[], $10::uuid[], $11::timestamptz[]) WITH ORDINALITY AS u(kind, ordering_key, message_id, expires_at, place)
      ORDER BY place
    ) r
    RETURNING id
  )
  SELECT (SELECT string_agg(id::text, ',' ORDER BY id) FROM inserted) AS ids, (SELECT json_object_agg(key, id) FROM previous WHERE id IS NOT NULL) AS previous`;

/** Planned each time: a plan from when the outbox was empty would look for the rows of a key by reading all. */
const INSERT_ORDERED = insertAfter(`
    SELECT k.key, (SELECT o.id FROM outbox o WHERE o.ordering_key = k.key AND o.ordering_key <> o.message_id::text ORDER BY o.id DESC LIMIT 1) AS id
    FROM unnest($1::text[]) AS k(key)`);
const INSERT_UNORDERED = planOnce('insert-unordered-outbox', insertAfter('SELECT key, NULL::bigint AS id FROM unnest($1::text[]) AS k(key)'));

/** Inserts rows in the given order, in one statement, and tells for each which row of its key comes before it. */
export async function insertOutboxRows(tx: EntityManager, rows: readonly NewRow[]): Promise<OfferedRow[]> {
  const keys = [...new Set(rows.filter(({ ordered }) => ordered).map(({ orderingKey }) => orderingKey))];
  const { kinds, kindOf } = kindsOf(rows);
  const [inserted] = await rowsOf<{ ids: string; previous: Record<string, number> | null }>(tx, keys.length > 0 ? INSERT_ORDERED : INSERT_UNORDERED, [
    keys, kinds.map(({ type }) => type), kinds.map(({ exchange }) => exchange), kinds.map(({ routingKey }) => routingKey), kinds.map(({ priority }) => priority), kinds.map(({ traceparent }) => traceparent ?? null),
    plainArray(kindOf), plainArray(rows.map(({ lane }) => lane)), rows.map(({ ordered, orderingKey }) => (ordered ? orderingKey : null)), plainArray(rows.map(({ messageId }) => messageId)),
    rows.map(({ expiresAt }) => expiresAt ?? null), ...joined(rows.map(({ body }) => body)),
  ]);
  const ids = inserted?.ids.split(',').map(Number) ?? [];
  if (ids.length !== rows.length) throw new Error(`PostgreSQL answered with ${ids.length} ids of ${rows.length} outbox rows`);
  return chain(rows, ids, new Map(Object.entries(inserted?.previous ?? {})));
}

/** The different kinds of rows, and for each row the place of its kind, counted from 1. */
function kindsOf(rows: readonly NewRow[]): { kinds: NewRow[]; kindOf: number[] } {
  const kinds: NewRow[] = [];
  const places = new Map<string, number>();
  const kindOf = rows.map((row) => {
    const name = `${row.type} ${row.exchange} ${row.routingKey} ${row.priority} ${row.traceparent ?? ''}`;
    const place = places.get(name) ?? kinds.push(row);
    places.set(name, place);
    return place;
  });
  return { kinds, kindOf };
}

/** Where each body begins, counted from 1, its size, and the bodies end to end: as an array they would be written in hex, and read sign by sign at the other end. */
function joined(bodies: readonly Buffer[]): [starts: string, sizes: string, bytes: Buffer] {
  let next = 1;
  const starts = bodies.map(({ length }) => (next += length) - length);
  return [plainArray(starts), plainArray(bodies.map(({ length }) => length)), endToEnd(bodies)];
}

function chain(rows: readonly NewRow[], ids: readonly number[], previous: ReadonlyMap<string, number>): OfferedRow[] {
  const last = new Map<string, number>();
  return rows.map((row, index) => {
    const id = ids[index]!;
    const after = row.ordered ? last.get(row.orderingKey) ?? previous.get(row.orderingKey) ?? null : null;
    if (row.ordered) last.set(row.orderingKey, id);
    return { ...row, id, attempts: 0, after };
  });
}
