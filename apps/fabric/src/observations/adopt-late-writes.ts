import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { ObjectSet } from '../resources/object-ref.ts';

/** A webhook holds a request for half a minute at most; the news of what came of it may be on its way for longer. */
const LATE_SECONDS = 900;

/**
 * A create that was given up may land all the same. An object under heddle's hand that is what such a step wrote is
 * Heddle's own: it gets its base, so that it is neither a stranger nor left behind when Git doesn't ask for it any more.
 */
export async function adoptLateWrites(tx: EntityManager, fabricId: string, keys: ObjectSet, now: Date): Promise<void> {
  if (keys.size === 0) return;
  await rowsOf(tx,
    `update resource r set base_hash = r.live_hash, applied_at = coalesce(r.applied_at, $3::timestamptz)
     from jsonb_to_recordset($2::jsonb) as k(kind text, name text), fabric f
     where r.fabric_id = $1 and f.id = $1 and r.kind = k.kind and r.name = k.name and r.managed and r.base_hash is null and r.live_hash is not null
       and exists (select from step s join operation o on o.id = s.operation_id
         where s.fabric_id = $1 and s.kind = r.kind and s.name = r.name and s.action = 'create' and s.state in ('stalled', 'not_started') and s.desired_hash = r.live_hash
           and s.at > $3::timestamptz - interval '${LATE_SECONDS} seconds' and (f.cluster_since is null or o.created_at > f.cluster_since))
     returning 1`, [fabricId, keys.json(), now]);
}
