import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { storable, storableKey } from './storable.ts';

/** A message of an ordered consumer. */
export interface OrderedMessage {
  messageId: string;
  hash: Buffer;
  orderingKey: string;
}

/** `free`: it may be handled now; `behind`: an earlier one of its key waits; `kept`: a row of its own waits for another attempt or for a person, and that is its fate. */
export type Standing = 'free' | 'behind' | 'kept';

/**
 * Takes the keys of these messages for the transaction, and tells how each message stands within its key.
 *
 * Why the order of a key holds when a queue's active consumer is replaced while the old one is still at work: the broker
 * gives the new one everything that was not acknowledged, in order, and an acknowledgement follows the commit of the
 * message's fate, which is its inbox row (handled) or its row as parked or dead letter. So whoever comes to
 * message n+1 of a key has first come to n, and has found or made its fate. The key's lock, held until the end of the
 * transaction, sets the decisions of all processes one after the other, and under it a message is handled only when
 * neither row of its own exists (the inbox is asked next) and none of its key waits. The slow old consumer therefore either
 * holds the lock of n, and the new one waits for it at n, or gets the lock later and finds what became of n: after n+1 was
 * handled, n has one of the two rows. Attempts from the parking lot take the same lock. A process that hangs with the
 * lock in its hand loses it to the database's limit on idle transactions, and with it the effect.
 */
export async function passOrderGate(tx: EntityManager, consumer: string, messages: readonly OrderedMessage[]): Promise<Standing[]> {
  await lockKeys(tx, consumer, messages.map(({ orderingKey }) => orderingKey));
  // A statement of its own: it must see what the one before has waited for.
  const rows = await rowsOf<{ kept: boolean; behind: boolean }>(tx, `
    SELECT
      EXISTS (SELECT 1 FROM parked p WHERE p.consumer = $1 AND p.message_id = r.message_id AND p.body_hash = r.body_hash)
        OR EXISTS (SELECT 1 FROM dead_letter d WHERE d.consumer = $1 AND d.message_id = r.message_id AND d.body_hash = r.body_hash AND d.state = 'dead') AS kept,
      EXISTS (SELECT 1 FROM parked p WHERE p.consumer = $1 AND p.ordering_key = r.ordering_key)
        OR EXISTS (SELECT 1 FROM dead_letter d WHERE d.consumer = $1 AND d.ordering_key = r.ordering_key AND d.state = 'dead' AND d.holds_key) AS behind
    FROM unnest($2::text[], $3::bytea[], $4::text[]) WITH ORDINALITY AS r(message_id, body_hash, ordering_key, position) ORDER BY r.position`,
  [consumer, messages.map(({ messageId }) => storable(messageId)), messages.map(({ hash }) => hash), messages.map(({ orderingKey }) => storableKey(orderingKey))]);
  return rows.map(({ kept, behind }) => (kept ? 'kept' : behind ? 'behind' : 'free'));
}

/** Takes keys of a consumer for the transaction; waits for other transactions that have them. */
export async function lockKeys(tx: EntityManager, consumer: string, keys: readonly string[]): Promise<void> {
  // In one order, so that two batches with the same keys can't deadlock.
  await tx.query(`
    SELECT pg_advisory_xact_lock(k.hash) FROM (SELECT DISTINCT hashtextextended($1 || ' ' || key, 0) AS hash FROM unnest($2::text[]) AS key ORDER BY hash) k`,
  [consumer, keys.map(storableKey)]);
}
