import { type Database, plainArray, planOnce, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

/** A message as the inbox knows it. */
export interface Received {
  messageId: string;
  /** sha256 of its bytes. */
  hash: Buffer;
}

/** `new`: to be handled; `duplicate`: handled before; `conflict`: another message was handled under this id. */
export type Reception = 'new' | 'duplicate' | 'conflict';

/** Answers with the ids of those that were there before; most often none, so that no id is read. */
const INSERT = planOnce('insert-inbox', `
  WITH inserted AS (
    INSERT INTO inbox (consumer, message_id, body_hash)
    SELECT $1, r.message_id, substring($3::bytea FROM r.place::integer * 32 - 31 FOR 32) FROM unnest($2::uuid[]) WITH ORDINALITY AS r(message_id, place) ORDER BY r.message_id
    ON CONFLICT DO NOTHING RETURNING message_id
  )
  SELECT CASE WHEN (SELECT count(*) FROM inserted) < cardinality($2::uuid[])
    THEN ARRAY(SELECT id::text FROM unnest($2::uuid[]) AS id WHERE id NOT IN (SELECT message_id FROM inserted)) END AS known`);

/**
 * Notes messages as taken by a consumer, in the transaction of their effect, in one statement for all. A message that
 * another transaction has in hand is waited for.
 * @returns for each message in turn; of two equal ids in the list the second is a duplicate or a conflict
 */
export async function receive(tx: EntityManager, consumer: string, messages: readonly Received[]): Promise<Reception[]> {
  const first = new Map<string, Received>();
  for (const message of messages) if (!first.has(idOf(message))) first.set(idOf(message), message);
  // Sorted, so that two batches with the same messages can't deadlock.
  const ids = [...first.keys()].sort();
  const [answer] = await rowsOf<{ known: string[] | null }>(tx, INSERT, [consumer, plainArray(ids), Buffer.concat(ids.map((id) => first.get(id)!.hash))]);
  const known = new Set(answer?.known);
  const hashes = await knownHashes(tx, consumer, [...known]);
  return messages.map((message) => {
    const id = idOf(message);
    if (!known.has(id) && first.get(id) === message) return 'new';
    const before = known.has(id) ? hashes.get(id) : first.get(id)!.hash;
    return before === undefined || before.equals(message.hash) ? 'duplicate' : 'conflict';
  });
}

/** The id as PostgreSQL spells it. */
const idOf = ({ messageId }: Received): string => messageId.toLowerCase();

/** As {@link receive}, for messages that are noted under several consumers: one statement for each of these. */
export async function receiveUnder(tx: EntityManager, messages: readonly (Received & { consumer: string })[]): Promise<Reception[]> {
  // Sorted as well: of two batches with the same consumers both begin with the same one.
  const consumers = [...new Set(messages.map(({ consumer }) => consumer))].sort();
  const receptions = new Map<unknown, Reception>();
  for (const consumer of consumers) {
    const own = messages.filter((message) => message.consumer === consumer);
    (await receive(tx, consumer, own)).forEach((reception, index) => receptions.set(own[index], reception));
  }
  return messages.map((message) => receptions.get(message)!);
}

/** Of which of these queues a message was taken within the last minute, by whichever replica, in passing or out of a replay. */
export async function takenLately(database: Database, queues: readonly string[]): Promise<ReadonlySet<string>> {
  if (queues.length === 0) return new Set(); // as at the gateway, which looks at the queues of others
  const rows = await database.query<{ queue: string }>(`
    SELECT queue FROM unnest($1::text[]) AS q(queue)
    WHERE EXISTS (SELECT FROM inbox WHERE split_part(consumer, '@', 1) = queue AND received_at > now() - interval '1 minute')`, [queues]);
  return new Set(rows.map(({ queue }) => queue));
}

/** Forgets messages older than any replay can be. */
export async function pruneInbox(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
  await runner.query(`DELETE FROM inbox WHERE received_at < now() - interval '8 days'`);
}

async function knownHashes(tx: EntityManager, consumer: string, ids: readonly string[]): Promise<Map<string, Buffer>> {
  if (ids.length === 0) return new Map();
  const rows = await rowsOf<{ message_id: string; body_hash: Buffer }>(tx, `SELECT message_id, body_hash FROM inbox WHERE consumer = $1 AND message_id = ANY($2::uuid[])`, [consumer, ids]);
  return new Map(rows.map((row) => [row.message_id, row.body_hash]));
}
