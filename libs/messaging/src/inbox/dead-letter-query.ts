import type { DeadLetterFilter, DeadLetterGroup, DeadLetterSummary, Page, PageQuery } from '@heddle/contracts';
import { type Database, Invalid } from '@heddle/platform';
import { DEAD_LETTER_COLUMNS, type DeadLetterRow, summaryOf } from './dead-letter-row.ts';

const EQUAL: Readonly<Partial<Record<keyof DeadLetterFilter, string>>> = {
  service: 'service', consumer: 'consumer', type: 'type', reason: 'reason', cause: 'cause', source: 'source', fabricId: 'fabric_id',
  correlationId: 'correlation_id', messageId: 'message_id', state: 'state',
};

/** The filter as SQL over the columns of `dead_letter`; its values are added to `parameters`. */
export function deadLetterWhere(filter: Partial<DeadLetterFilter>, parameters: unknown[]): string {
  const conditions: string[] = [];
  const add = (condition: (placeholder: string) => string, value: unknown) => {
    if (value === undefined) return;
    parameters.push(value);
    conditions.push(condition(`$${parameters.length}`));
  };
  for (const [field, column] of Object.entries(EQUAL)) add((placeholder) => `${column} = ${placeholder}`, filter[field as keyof DeadLetterFilter]);
  add((placeholder) => `last_failed_at >= ${placeholder}::timestamptz`, filter.failedAfter);
  add((placeholder) => `last_failed_at < ${placeholder}::timestamptz`, filter.failedBefore);
  add((placeholder) => `message ILIKE ${placeholder}`, filter.text === undefined ? undefined : `%${filter.text.replaceAll(/[\\%_]/g, '\\$&')}%`);
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** A page of dead letters, the latest failure first. @param from a table or subquery with the columns of `dead_letter` and `service` @throws Invalid on a cursor that is none of ours */
export async function listDeadLetters(database: Database, from: string, { limit, cursor, ...filter }: DeadLetterFilter & PageQuery): Promise<Page<DeadLetterSummary>> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const parameters: unknown[] = [limit + 1, after?.[0] ?? null, after?.[1] ?? null];
  const rows = await database.query<DeadLetterRow & { service: string; position: string }>(`
    SELECT ${DEAD_LETTER_COLUMNS}, service, last_failed_at::text AS position FROM ${from} AS d
    WHERE ${deadLetterWhere(filter, parameters)} AND ($2::timestamptz IS NULL OR (last_failed_at, id) < ($2::timestamptz, $3::uuid))
    ORDER BY last_failed_at DESC, id DESC LIMIT $1`, parameters);
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map((row) => ({ ...summaryOf(row), service: row.service })),
    next: rows.length > limit && last ? writeCursor(last.position, last.id) : null,
  };
}

/** A page of the causes of dead letters, that with the latest failure first; see {@link listDeadLetters}. */
export async function groupDeadLetters(database: Database, from: string, { limit, cursor, ...filter }: DeadLetterFilter & PageQuery): Promise<Page<DeadLetterGroup>> {
  const after = cursor === undefined ? undefined : readCursor(cursor, /^[0-9a-f]{12}$/);
  const parameters: unknown[] = [limit + 1, after?.[0] ?? null, after?.[1] ?? null];
  const rows = await database.query<{ cause: string; service: string; consumer: string; type: string; reason: string; pattern: string; count: string; first: Date; last: Date; position: string }>(`
    SELECT cause, service, consumer, type, reason, pattern, count(*) AS count, min(first_failed_at) AS first, max(last_failed_at) AS last, max(last_failed_at)::text AS position FROM ${from} AS d
    WHERE ${deadLetterWhere(filter, parameters)} GROUP BY cause, service, consumer, type, reason, pattern
    HAVING $2::timestamptz IS NULL OR (max(last_failed_at), cause) < ($2::timestamptz, $3::text)
    ORDER BY max(last_failed_at) DESC, cause DESC LIMIT $1`, parameters);
  const end = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map(({ first, last, count, position: _, ...group }) => ({ ...group, count: Number(count), firstFailedAt: first.toISOString(), lastFailedAt: last.toISOString() })),
    next: rows.length > limit && end ? writeCursor(end.position, end.cause) : null,
  };
}

/** A cursor of strings, opaque to whoever carries it. */
export function writeCursor(...parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A time and an id, maybe more times, as {@link writeCursor} wrote them. @throws Invalid when it did not */
export function readCursor(cursor: string, id = ID): [time: string, id: string, ...rest: string[]] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.every((part) => typeof part === 'string') && id.test(parts[1] ?? '') && [parts[0], ...parts.slice(2)].every((time) => !Number.isNaN(Date.parse(time ?? '')))) return parts as [string, string];
  } catch {
    // Told below: whatever is wrong with it, it is not a cursor of ours.
  }
  throw new Invalid({ code: 'VAL-002', message: 'The cursor is not one of this list.', remedy: 'Begin without a cursor.', errors: [{ field: 'cursor', message: 'unknown' }] });
}
