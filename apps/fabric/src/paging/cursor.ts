import type { Page } from '@heddle/contracts';
import { Invalid } from '@heddle/platform';

/** The key of the last row of a page, opaque to clients. */
export function writeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws Invalid VAL-002 for what {@link writeCursor} did not write with so many parts */
export function readCursor(cursor: string | undefined, parts: number): (string | null)[] {
  if (cursor === undefined) return Array.from({ length: parts }, () => null);
  const key = parse(cursor);
  if (Array.isArray(key) && key.length === parts && key.every((part) => typeof part === 'string')) return key as string[];
  throw new Invalid({ code: 'VAL-002', message: 'The cursor is not one of this list.', remedy: 'Take the cursor from `next` of the page before.', errors: [{ field: 'cursor', message: 'is not one of this list' }] });
}

/** A page from one row more than it shows. */
export function pageOfRows<Row, Item>(rows: readonly Row[], limit: number, keyOf: (row: Row) => readonly string[], show: (row: Row) => Item): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(show), next: rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : null };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
