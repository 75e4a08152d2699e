import type { Database } from '@heddle/platform';

/**
 * Tells the other replicas of the service how far its queues are, and asks how far they are by all of them.
 * @param known the moment after which all that waits in a queue was published, as this process knows it, milliseconds; absent where it does not
 * @returns the same as any replica knows it, for the queues of which one does
 */
export async function shareProgress(database: Database, known: ReadonlyMap<string, number | undefined>): Promise<ReadonlyMap<string, number>> {
  if (known.size === 0) return new Map();
  // A moment that is still to come was told by a clock that was wrong, or before this one was put back: it does not stay.
  const rows = await database.query<{ queue: string; after: number }>(`
    WITH told AS (
      INSERT INTO queue_progress AS before (queue, published_after)
      SELECT queue, least(to_timestamp(after / 1000), now()) FROM unnest($1::text[], $2::float8[]) AS t(queue, after) WHERE after IS NOT NULL ORDER BY queue
      ON CONFLICT (queue) DO UPDATE SET published_after = excluded.published_after WHERE excluded.published_after > before.published_after OR before.published_after > now()
      RETURNING queue, published_after
    ), known AS (
      SELECT * FROM told UNION ALL SELECT * FROM queue_progress WHERE queue = ANY($1) AND published_after <= now() AND queue NOT IN (SELECT queue FROM told)
    )
    SELECT queue, extract(epoch FROM published_after)::float8 * 1000 AS after FROM known`,
  [[...known.keys()], [...known.values()].map((after) => after ?? null)]);
  return new Map(rows.map(({ queue, after }) => [queue, after]));
}
