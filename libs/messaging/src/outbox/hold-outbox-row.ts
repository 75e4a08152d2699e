import type { Database } from '@heddle/platform';
import type { OutboxRow } from './outbox-row.ts';

const DELAYS_SECONDS = [1, 2, 5, 15, 30, 60];

/** Keeps back a row that the broker sent back, and with it its key, for a while that grows up to a minute. @returns seconds */
export async function holdOutboxRow(database: Database, row: OutboxRow, reason: string): Promise<number> {
  const seconds = DELAYS_SECONDS[Math.min(row.attempts, DELAYS_SECONDS.length - 1)]!;
  await database.query(
    `UPDATE outbox SET attempts = attempts + 1, held_reason = $2, due_at = now() + make_interval(secs => $3) WHERE id = $1`,
    [row.id, reason, seconds],
  );
  return seconds;
}
