import type { EventFilter, LoggedEvent, Page } from '@heddle/contracts';
import { type Database, Invalid } from '@heddle/platform';
import { filterSql } from './filter-events.ts';

export interface EventSearch extends EventFilter {
  from?: string | undefined;
  until?: string | undefined;
  order: 'newest' | 'oldest';
  limit: number;
  cursor?: string | undefined;
}

export type FoundEvent = LoggedEvent & { loggedAt: string };

/** A page of events of the log and of restored days, by what a person looks for. */
export async function searchEvents(database: Database, search: EventSearch): Promise<Page<FoundEvent>> {
  const newest = search.order === 'newest';
  const parameters: unknown[] = [positionOf(search.cursor) ?? (newest ? '9223372036854775807' : '0'), search.limit + 1];
  const conditions = [`position ${newest ? '<' : '>'} $1::bigint`, filterSql(search, parameters)];
  if (search.from) conditions.push(timeSql('>=', parameters.push(search.from)));
  if (search.until) conditions.push(timeSql('<', parameters.push(search.until)));
  const of = (table: string) => `(SELECT position, logged_at, body FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY position ${newest ? 'DESC' : 'ASC'} LIMIT $2)`;
  const rows = await database.query<{ position: string; logged_at: Date; body: Record<string, unknown> }>(
    `SELECT position::text, logged_at, body FROM (${of('event')} UNION ALL ${of('restored_event')}) e ORDER BY e.position ${newest ? 'DESC' : 'ASC'} LIMIT $2`, parameters);
  const items = rows.slice(0, search.limit).map((row) => ({ position: row.position, event: row.body, loggedAt: row.logged_at.toISOString() }));
  return { items, next: rows.length > search.limit ? items.at(-1)!.position : null };
}

/** The day is compared too, so that only its partitions are read. */
function timeSql(comparison: '>=' | '<', parameter: number): string {
  return `logged_at ${comparison} $${parameter}::timestamptz AND logged_on ${comparison === '<' ? '<=' : comparison} ($${parameter}::timestamptz AT TIME ZONE 'UTC')::date`;
}

function positionOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined || /^\d{1,18}$/.test(cursor)) return cursor;
  throw new Invalid({ code: 'VAL-002', message: 'The cursor is not one of this list.', remedy: 'Begin without a cursor.', errors: [{ field: 'cursor', message: 'unknown' }] });
}
