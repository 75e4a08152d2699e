import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

/** A body under its hash. */
export interface Manifest { hash: string; body: unknown }

/** Stores bodies by content; those that are there stay as they are. */
export async function storeManifests(tx: EntityManager, fabricId: string, manifests: readonly Manifest[]): Promise<void> {
  if (manifests.length === 0) return;
  const unique = [...new Map(manifests.map((manifest) => [manifest.hash, manifest])).values()];
  await tx.query(
    `insert into manifest (fabric_id, hash, body)
     select $1, t.hash, t.body from jsonb_to_recordset($2::jsonb) as t(hash text, body jsonb) order by t.hash
     on conflict do nothing`,
    [fabricId, JSON.stringify(unique)],
  );
}

/** Bodies by hash; hashes that are null or unknown are left out. */
export async function readManifests<Body = Record<string, unknown>>(
  tx: EntityManager, fabricId: string, hashes: readonly (string | null | undefined)[],
): Promise<Map<string, Body>> {
  const wanted = [...new Set(hashes.filter((hash): hash is string => Boolean(hash)))];
  if (wanted.length === 0) return new Map();
  const rows = await rowsOf<{ hash: string; body: Body }>(tx, 'select hash, body from manifest where fabric_id = $1 and hash = any($2::text[])', [fabricId, wanted]);
  return new Map(rows.map(({ hash, body }) => [hash, body]));
}

/**
 * Removes bodies that nothing has named for a day: neither objects, documents nor kept history. A plan that can still
 * be started names what objects name. The fabric is locked by the caller: what others are about to name is named already.
 */
export async function pruneManifests(tx: EntityManager, fabricId: string, limit = 5_000): Promise<number> {
  const rows = await rowsOf(tx,
    `delete from manifest m where (m.fabric_id, m.hash) in (
       select m.fabric_id, m.hash from manifest m where m.fabric_id = $2 and m.created_at < now() - interval '1 day'
         and not exists (select from resource r where r.fabric_id = m.fabric_id and m.hash in (r.raw_hash, r.desired_hash, r.desired_full_hash, r.live_hash, r.live_full_hash, r.base_hash, r.gone_hash))
         and not exists (select from source_document d where d.fabric_id = m.fabric_id and d.raw_hash = m.hash)
         and not exists (select from history h where h.fabric_id = m.fabric_id and m.hash in (h.desired_hash, h.live_hash))
         and not exists (select from operation o where o.fabric_id = m.fabric_id and o.state in ('pending', 'in_progress'))
       limit $1)
     returning 1`, [limit, fabricId]);
  return rows.length;
}
