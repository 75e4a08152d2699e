import { DEAD_LETTER_CHUNK_MS, type DeadLetterFilter, type DeadLetterOutcome, type DeadLetterProgress } from '@heddle/contracts';
import type { Database } from '@heddle/platform';
import { deadLetterWhere, readCursor, writeCursor } from './dead-letter-query.ts';

/** Most dead letters of one chunk. */
export const CHUNK = 500;
/** Outcomes that an answer names when they were chosen by filter. */
const TOLD = 20;

export type Progress = Omit<DeadLetterProgress, 'unreachable'>;
type Outcome = Omit<DeadLetterOutcome, 'service'>;

/** Which dead letters: named, or by filter from a cursor on. */
export interface Selection {
  ids?: readonly string[] | undefined;
  filter?: Partial<DeadLetterFilter> | undefined;
  cursor?: string | undefined;
}

/**
 * Does `work` on dead letters, the longest dead first, until all are done or the time of a chunk is over; by filter the answer's
 * `next` goes on from there. What dies while it runs is not touched, nor what it has been at: it comes to an end.
 * @param work never throws for what is wrong with one of them
 */
export async function inChunks(database: Database, service: string, { ids, filter, cursor }: Selection, work: (ids: string[]) => Promise<Outcome[]>, atOnce: number): Promise<Progress> {
  const until = performance.now() + DEAD_LETTER_CHUNK_MS;
  const chosen = ids ? { letters: [...new Set(ids)].map((id) => ({ id, at: '' })), bound: '' } : await choose(database, filter ?? {}, cursor);
  const outcomes: Outcome[] = [];
  let begun = 0;
  while (begun < chosen.letters.length && (begun === 0 || ids !== undefined || performance.now() < until)) {
    const some = chosen.letters.slice(begun, begun + atOnce);
    outcomes.push(...await work(some.map(({ id }) => id)));
    begun += some.length;
  }
  const count = (outcome: string) => outcomes.filter((one) => one.outcome === outcome).length;
  const last = chosen.letters[begun - 1];
  const next = ids || !last || (begun === chosen.letters.length && begun < CHUNK) ? null : writeCursor(last.at, last.id, chosen.bound);
  return {
    done: count('done'), failed: count('failed'), skipped: count('skipped'), next,
    remaining: next === null ? 0 : await countAfter(database, filter ?? {}, next),
    outcomes: (ids ? outcomes : outcomes.filter(({ outcome }) => outcome !== 'done').slice(0, TOLD)).map((outcome) => ({ ...outcome, service })),
  };
}

async function choose(database: Database, filter: Partial<DeadLetterFilter>, cursor: string | undefined): Promise<{ letters: { id: string; at: string }[]; bound: string }> {
  const [at, id, bound = at] = cursor === undefined ? [undefined, undefined, await now(database)] : readCursor(cursor);
  const parameters: unknown[] = [bound, at ?? null, id ?? null, CHUNK];
  const letters = await database.query<{ id: string; at: string }>(`
    SELECT id, first_failed_at::text AS at FROM dead_letter
    WHERE ${deadLetterWhere({ ...filter, service: undefined, state: 'dead' }, parameters)} AND first_failed_at <= $1::timestamptz
      AND ($2::timestamptz IS NULL OR (first_failed_at, id) > ($2::timestamptz, $3::uuid))
    ORDER BY first_failed_at, id LIMIT $4`, parameters);
  return { letters, bound: bound ?? '' };
}

async function countAfter(database: Database, filter: Partial<DeadLetterFilter>, cursor: string): Promise<number> {
  const [at, id, bound = at] = readCursor(cursor);
  const parameters: unknown[] = [bound, at, id];
  const [row] = await database.query<{ count: string }>(`
    SELECT count(*) FROM dead_letter WHERE ${deadLetterWhere({ ...filter, service: undefined, state: 'dead' }, parameters)}
      AND first_failed_at <= $1::timestamptz AND (first_failed_at, id) > ($2::timestamptz, $3::uuid)`, parameters);
  return Number(row?.count ?? 0);
}

async function now(database: Database): Promise<string> {
  const [row] = await database.query<{ now: string }>('SELECT now()::text AS now');
  return row!.now;
}
