import type { HeldMessage } from '@heddle/contracts';
import type { Database } from '@heddle/platform';

const SHOWN = 20;

interface Row {
  messageId: string; type: string; key: string; waiting: string; attempts: number; reason: string; dueAt: Date;
}

/** What the outbox holds back since no queue took it, the oldest first, {@link SHOWN} at most. A message without a key has its own id for one. */
export async function heldMessages(database: Database): Promise<HeldMessage[]> {
  const rows = await database.query<Row>(`
    SELECT message_id AS "messageId", type, ordering_key AS key, attempts, coalesce(held_reason, '') AS reason, due_at AS "dueAt",
      (SELECT count(*) FROM outbox b WHERE b.ordering_key = h.ordering_key AND b.ordering_key <> b.message_id::text AND b.id > h.id) AS waiting
    FROM outbox h WHERE due_at IS NOT NULL ORDER BY id LIMIT ${SHOWN}`);
  return rows.map(({ key, waiting, dueAt, ...row }) => ({ ...row, key: key === row.messageId ? null : key, waiting: Number(waiting), nextTryAt: dueAt.toISOString() }));
}
