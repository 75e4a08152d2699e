import type { FieldManager, ObjectRef } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { ObjectSet } from './object-ref.ts';

/** Who wrote which fields of the live objects, by `kind/name`. */
export async function readManagers(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, FieldManager[]>> {
  if (keys.size === 0) return new Map();
  const rows = await rowsOf<ObjectRef & { managers: FieldManager[] }>(tx,
    `select m.kind, m.name, m.managers from live_managers m join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on m.kind = k.kind and m.name = k.name where m.fabric_id = $1`,
    [fabricId, keys.json()]);
  return new Map(rows.map(({ kind, name, managers }) => [`${kind}/${name}`, managers]));
}
