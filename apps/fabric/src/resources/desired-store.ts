import type { ObjectRef } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { wayOf } from './comparison.ts';
import type { ObjectSet } from './object-ref.ts';

/** An object as one document asks for it. */
export interface DesiredObject extends ObjectRef { path: string; document: number; line: number | null; rawHash: string; desiredHash: string; desiredFullHash: string | null }

export interface DesiredBefore extends ObjectRef { rawHash: string | null; desiredHash: string | null; desiredFullHash: string | null; liveHash: string | null; liveFullHash: string | null; path: string | null; line: number | null; document: number | null; held: boolean; comparison: string }

export async function readDesired(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<Map<string, DesiredBefore>> {
  const rows = await rowsOf<DesiredBefore>(tx,
    `select r.kind, r.name, r.raw_hash as "rawHash", r.desired_hash as "desiredHash", r.desired_full_hash as "desiredFullHash", r.live_hash as "liveHash", r.live_full_hash as "liveFullHash", r.path, r.line, r.document, r.held, r.comparison
     from resource r join jsonb_to_recordset($2::jsonb) as k(kind text, name text) on r.kind = k.kind and r.name = k.name where r.fabric_id = $1`, [fabricId, keys.json()]);
  return new Map(rows.map((row) => [`${row.kind}/${row.name}`, row]));
}

/** Sets what Git asks for. A row is born as `deleted`: neither in Git nor in the cluster until now. */
export async function writeDesired(tx: EntityManager, fabricId: string, at: Date, committedAt: string, comparison: string, objects: readonly DesiredObject[]): Promise<void> {
  if (objects.length === 0) return;
  await tx.query(
    `insert into resource as r (fabric_id, kind, name, state, since, path, document, line, raw_hash, desired_hash, desired_full_hash, comparison, normaliser, committed_at, stored_at)
     select $1, t.kind, t.name, 'deleted', $2, t.path, t.document, t.line, t."rawHash", t."desiredHash", t."desiredFullHash", $6, $3, $4, $2
     from jsonb_to_recordset($5::jsonb) as t(kind text, name text, path text, document int, line int, "rawHash" text, "desiredHash" text, "desiredFullHash" text) order by t.kind, t.name
     on conflict (fabric_id, kind, name) do update set
       path = excluded.path, document = excluded.document, line = excluded.line, raw_hash = excluded.raw_hash, held = false, normaliser = excluded.normaliser,
       committed_at = case when r.desired_hash is distinct from excluded.desired_hash then excluded.committed_at else r.committed_at end,
       stored_at = case when r.desired_hash is distinct from excluded.desired_hash then excluded.stored_at else r.stored_at end,
       applied_at = case when r.desired_hash is distinct from excluded.desired_hash then null else r.applied_at end,
       converged_at = case when r.desired_hash is distinct from excluded.desired_hash then null else r.converged_at end,
       desired_hash = excluded.desired_hash, desired_full_hash = excluded.desired_full_hash, comparison = excluded.comparison, gone_hash = null`,
    [fabricId, at, wayOf(comparison).normaliser, committedAt, JSON.stringify(objects), comparison]);
}

/** Keeps the last good version of these, and marks it as such. */
export async function holdDesired(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<void> {
  await tx.query(
    `update resource r set held = true from jsonb_to_recordset($2::jsonb) as k(kind text, name text)
     where r.fabric_id = $1 and r.kind = k.kind and r.name = k.name and r.desired_hash is not null`, [fabricId, keys.json()]);
}

/** Git asks for these no longer. */
export async function removeDesired(tx: EntityManager, fabricId: string, keys: ObjectSet): Promise<void> {
  await tx.query(
    `update resource r set raw_hash = null, desired_hash = null, desired_full_hash = null, held = false, path = null, document = null, line = null, failure = null
     from jsonb_to_recordset($2::jsonb) as k(kind text, name text) where r.fabric_id = $1 and r.kind = k.kind and r.name = k.name`, [fabricId, keys.json()]);
}

export async function allDesired(tx: EntityManager, fabricId: string): Promise<ObjectRef[]> {
  return rowsOf<ObjectRef>(tx, 'select kind, name from resource where fabric_id = $1 and desired_hash is not null', [fabricId]);
}
