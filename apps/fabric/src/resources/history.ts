import type { Actor, ResourceState } from '@heddle/contracts';
import type { EntityManager } from 'typeorm';

/** Why objects change state, as history keeps it. */
export interface Cause { at: Date; actor: Actor | null; commit: string | null; operationId: string | null }

export interface Transition {
  kind: string; name: string; from: ResourceState | null; to: ResourceState; reason: string; message: string; desiredHash: string | null; liveHash: string | null;
}

const DAY_MS = 86_400_000;

/** Makes the partitions of today and the next days. */
export async function ensurePartitions(tx: EntityManager, now: Date, daysAhead: number): Promise<string[]> {
  const days = Array.from({ length: daysAhead + 1 }, (_, ahead) => new Date(now.getTime() + ahead * DAY_MS).toISOString().slice(0, 10));
  for (const day of days) await tx.query('select make_history_partition($1::date)', [day]);
  return days;
}

/** Writes transitions; the partition of the day is made at need when the background work has not made it ahead. */
export async function writeHistory(tx: EntityManager, fabricId: string, cause: Cause, transitions: readonly Transition[]): Promise<void> {
  if (transitions.length === 0) return;
  await tx.query('select make_history_partition($1::date) where to_regclass($2) is null', [cause.at.toISOString().slice(0, 10), partitionOf(cause.at)]);
  await tx.query(
    `insert into history (fabric_id, kind, name, at, from_state, to_state, reason, message, actor, commit, operation_id, desired_hash, live_hash)
     select $1, t.kind, t.name, $2, t."from", t."to", t.reason, t.message, $3, $4, $5, t."desiredHash", t."liveHash"
     from jsonb_to_recordset($6::jsonb) as t(kind text, name text, "from" text, "to" text, reason text, message text, "desiredHash" text, "liveHash" text)`,
    [fabricId, cause.at, cause.actor && JSON.stringify(cause.actor), cause.commit, cause.operationId, JSON.stringify(transitions)]);
}

/** Drops partitions whose days are over. */
export async function dropPartitions(tx: EntityManager, now: Date, keepDays: number): Promise<void> {
  const limit = partitionOf(new Date(now.getTime() - keepDays * DAY_MS));
  const rows = (await tx.query(`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'history'::regclass and c.relname < $1`, [limit])) as { name: string }[];
  for (const { name } of rows) await tx.query(`drop table "${name}"`);
}

function partitionOf(at: Date): string {
  return `history_${at.toISOString().slice(0, 10).replaceAll('-', '')}`;
}
