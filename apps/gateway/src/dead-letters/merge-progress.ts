import type { DeadLetterProgress, DeadLetterService } from '@heddle/contracts';
import { Invalid } from '@heddle/platform';
import { z } from 'zod';

/** Where each service that is not done yet goes on; null: from the beginning. */
export type Cursors = Partial<Record<DeadLetterService, string | null>>;

/** What one service answered, or why it did not. */
export type Part = { service: DeadLetterService; progress: Omit<DeadLetterProgress, 'unreachable'> } | { service: DeadLetterService; error: string; cursor: string | null };

const cursorSchema = z.record(z.string(), z.string().nullable());

/** One progress of many. Of services that did not answer the cursor goes on where it was. */
export function mergeProgress(parts: readonly Part[], byFilter: boolean): DeadLetterProgress {
  const answered = parts.flatMap((part) => ('progress' in part ? [part.progress] : []));
  const sum = (of: (progress: Omit<DeadLetterProgress, 'unreachable'>) => number) => answered.reduce((total, progress) => total + of(progress), 0);
  const cursors: Cursors = Object.fromEntries(parts.flatMap((part) => {
    if ('error' in part) return [[part.service, part.cursor]];
    return part.progress.next === null ? [] : [[part.service, part.progress.next]];
  }));
  return {
    done: sum(({ done }) => done), failed: sum(({ failed }) => failed), skipped: sum(({ skipped }) => skipped), remaining: sum(({ remaining }) => remaining),
    outcomes: answered.flatMap(({ outcomes }) => outcomes),
    unreachable: parts.flatMap((part) => ('error' in part ? [{ service: part.service, message: part.error }] : [])),
    next: byFilter && Object.keys(cursors).length > 0 ? Buffer.from(JSON.stringify(cursors)).toString('base64url') : null,
  };
}

/** @throws Invalid when the cursor is none of ours */
export function readCursors(cursor: string): Cursors {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    throw new Invalid({ code: 'VAL-002', message: 'The cursor is not one of a replay.', remedy: 'Begin without a cursor.', errors: [{ field: 'cursor', message: 'unknown' }], cause });
  }
}
