import { type Actor, type AlertState, type AlertView } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { AlertBefore } from './move-alerts.ts';
import type { Signal } from './signal.ts';

/** A row as it is shown and moved. */
export interface AlertRow extends AlertBefore, Pick<AlertView, 'type' | 'summary' | 'remedy' | 'fabrics' | 'objects' | 'objectCount' | 'count'> { firstSeenAt: Date; lastSeenAt: Date }

export const ALERT_COLUMNS = `id, key, type, severity, state, summary, remedy, fabrics, objects, object_count as "objectCount", cause_id as "causeId", suppressed_until as "suppressedUntil",
  first_seen_at as "firstSeenAt", last_seen_at as "lastSeenAt", clear_since as "clearSince", resolved_at as "resolvedAt", count`;

export function alertView({ clearSince: _, suppressedUntil, firstSeenAt, lastSeenAt, resolvedAt, ...row }: AlertRow): AlertView {
  return { ...row, suppressedUntil: suppressedUntil?.toISOString() ?? null, firstSeenAt: firstSeenAt.toISOString(), lastSeenAt: lastSeenAt.toISOString(), resolvedAt: resolvedAt?.toISOString() ?? null };
}

/**
 * Of each key the last alert, if it is not resolved or may be reopened; locked.
 * @param keys also these of which only resolved ones are left; those of the bus come and go by its own messages
 */
export async function lockAlerts(tx: EntityManager, keys: readonly string[], which: 'looked-at' | 'bus'): Promise<AlertRow[]> {
  const open = which === 'bus' ? 'false' : `state <> 'resolved' and key not like 'bus:%'`;
  return rowsOf<AlertRow>(tx,
    `select ${ALERT_COLUMNS} from alert where id in (
       select id from alert where ${open}
       union select last.id from unnest($1::text[]) k cross join lateral (select a.id from alert a where a.key = k order by a.first_seen_at desc, a.id desc limit 1) last)
     order by id for update`, [keys]);
}

export interface AlertWrite {
  id: string; isNew: boolean; state: AlertState; signal: Signal | null; causeId: string | null; suppressedUntil: Date | null; clearSince: Date | null; raised: boolean; severity: AlertView['severity'];
}

/** New alerts and the changes of others, in one statement each. */
export async function writeAlerts(tx: EntityManager, now: Date, writes: readonly AlertWrite[]): Promise<AlertRow[]> {
  const rows = writes.map(({ signal, ...write }) => ({
    ...write, ...(signal && { key: signal.key, type: signal.type, summary: signal.summary, remedy: signal.remedy, fabric_ids: signal.fabrics.map(({ id }) => id), fabrics: signal.fabrics, objects: signal.objects, object_count: signal.objectCount }),
  }));
  const columns = `id uuid, "isNew" boolean, key text, type text, severity text, state text, summary text, remedy text, fabric_ids jsonb, fabrics jsonb, objects jsonb, object_count int, "causeId" uuid, "suppressedUntil" timestamptz, "clearSince" timestamptz, raised boolean`;
  const made = await rowsOf<AlertRow>(tx,
    `insert into alert (id, key, type, severity, state, summary, remedy, fabric_ids, fabrics, objects, object_count, cause_id, suppressed_until, first_seen_at, last_seen_at, resolved_at)
     select id, key, type, severity, state, summary, remedy, array(select jsonb_array_elements_text(fabric_ids))::uuid[], fabrics, objects, object_count, "causeId", "suppressedUntil", $2::timestamptz, $2::timestamptz, case when state = 'resolved' then $2::timestamptz end
     from jsonb_to_recordset($1::jsonb) as t(${columns}) where "isNew" order by id returning ${ALERT_COLUMNS}`, [JSON.stringify(rows), now]);
  const moved = await rowsOf<AlertRow>(tx,
    `update alert a set state = t.state, severity = t.severity, summary = coalesce(t.summary, a.summary), remedy = coalesce(t.remedy, a.remedy),
       fabric_ids = case when t.key is null then a.fabric_ids else array(select jsonb_array_elements_text(t.fabric_ids))::uuid[] end, fabrics = coalesce(t.fabrics, a.fabrics), objects = coalesce(t.objects, a.objects),
       object_count = coalesce(t.object_count, a.object_count), cause_id = t."causeId", suppressed_until = t."suppressedUntil", clear_since = t."clearSince",
       last_seen_at = case when t.key is null then a.last_seen_at else $2::timestamptz end, resolved_at = case when t.state <> 'resolved' then null else coalesce(a.resolved_at, $2::timestamptz) end, count = a.count + case when t.raised then 1 else 0 end
     from jsonb_to_recordset($1::jsonb) as t(${columns}) where a.id = t.id and not t."isNew"
     returning ${ALERT_COLUMNS.split(', ').map((column) => `a.${column.trim()}`).join(', ')}`, [JSON.stringify(rows), now]);
  return [...made, ...moved];
}

export interface AlertChangeRow { alertId: string; from: AlertState | null; to: AlertState; reason: string }

export async function writeAlertHistory(tx: EntityManager, now: Date, actor: Actor, changes: readonly AlertChangeRow[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.query(
    `insert into alert_change (alert_id, at, from_state, to_state, actor, reason)
     select t."alertId", $2::timestamptz, t."from", t."to", $3::jsonb, t.reason from jsonb_array_elements($1::jsonb) with ordinality as e(value, at),
       jsonb_to_record(e.value) as t("alertId" uuid, "from" text, "to" text, reason text) order by e.at`, [JSON.stringify(changes), now, JSON.stringify(actor)]);
}
