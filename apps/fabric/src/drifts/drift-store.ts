import type { DriftField, DriftFilter, DriftPolicy, DriftView, MessageData } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { containing } from '../paging/containing.ts';
import { leavesFew } from '../paging/leaves-few.ts';
import { Parameters } from '../paging/parameters.ts';

export const DRIFT_COLUMNS = `
  d.id, d.fabric_id as "fabricId", d.kind, d.name, d.type, d.state, d.severity, d.fields, d.managers,
  d.conflict, d.detected_at as "detectedAt", d.resolved_at as "resolvedAt", d.resolution, d.operation_id as "operationId",
  d.snoozed_until as "snoozedUntil", d.snooze_reason as "snoozeReason"`;

export type DriftRow = Omit<DriftView, 'detectedAt' | 'resolvedAt' | 'snoozedUntil' | 'policy'> & { detectedAt: Date; resolvedAt: Date | null; snoozedUntil: Date | null };

export function driftView(row: DriftRow, policy?: DriftPolicy): DriftView {
  return { ...row, detectedAt: row.detectedAt.toISOString(), resolvedAt: row.resolvedAt?.toISOString() ?? null, snoozedUntil: row.snoozedUntil?.toISOString() ?? null, ...(policy && { policy }) };
}

/** A drift that is open now, as events tell of it. */
export function driftNews({ snoozedUntil: _until, snoozeReason: _reason, ...row }: DriftRow): MessageData<'drift.detected'>['items'][number] {
  return { ...row, state: 'open', detectedAt: row.detectedAt.toISOString(), resolvedAt: null };
}

export interface DriftChoice { fabricId: string | null; states: DriftView['state'][] | null; filter: DriftFilter; after: { at: string; id: string } | null; limit: number }

/** Drifts as lists and bulk verdicts choose them, the newest first. */
export async function listedDrifts(tx: EntityManager, { fabricId, states, filter, after, limit }: DriftChoice): Promise<DriftRow[]> {
  const given = new Parameters();
  const { kind, type, severity, conflict, manager, text } = filter;
  const where = [
    'true', ...(fabricId === null ? [] : [`d.fabric_id = ${given.of(fabricId)}`]), ...(states === null ? [] : [`d.state = any(${given.of(states, 'text[]')})`]), ...(kind === undefined ? [] : [`d.kind = ${given.of(kind)}`]),
    ...(type === undefined ? [] : [`d.type = ${given.of(type)}`]), ...(severity === undefined ? [] : [`d.severity = ${given.of(severity)}`]), ...(conflict === undefined ? [] : [`d.conflict = ${given.of(conflict)}`]),
    ...(manager === undefined ? [] : [`d.managers @> array[${given.of(manager, 'text')}]`]), ...(text === undefined ? [] : [`d.name ilike ${given.of(containing(text))}`]),
  ].join(' and ');
  const few = (states !== null || Object.values(filter).some((wanted) => wanted !== undefined)) && await leavesFew(tx, 'drift d', where, given.values);
  const past = after === null ? '' : earlier(given.of(after.at, 'timestamptz'), given.of(after.id, 'uuid'));
  return rowsOf<DriftRow>(tx,
    `${few ? `with found as materialized (select * from drift d where ${where})` : ''} select ${DRIFT_COLUMNS} from ${few ? 'found d where true' : `drift d where ${where}`} ${past} order by d.detected_at desc, d.id limit ${given.of(limit)}`, given.values);
}

/** The bound on the time alone is what an index can begin at. */
function earlier(at: string, id: string): string {
  return `and d.detected_at <= ${at} and (d.detected_at < ${at} or d.id > ${id})`;
}

const STAYS_SNOOZED = `d.state = 'snoozed' and d.fields_hash = excluded.fields_hash`;

export interface DriftChange {
  id: string; kind: string; name: string; type: DriftView['type']; severity: DriftView['severity'];
  fields: DriftField[]; managers: string[]; live_hash: string | null; heal_at: Date | null; conflict: boolean; desired_hash: string | null; fields_hash: string;
}

/** Opens drifts, or brings open ones up to date; those in revert go back to open when they are here again, snoozed ones when their fields are others. */
export async function writeDrifts(tx: EntityManager, fabricId: string, at: Date, changes: readonly DriftChange[]): Promise<DriftRow[]> {
  if (changes.length === 0) return [];
  return rowsOf<DriftRow>(tx,
    `insert into drift as d (id, fabric_id, kind, name, type, state, severity, fields, managers, live_hash, detected_at, heal_at, conflict, desired_hash, fields_hash)
     select t.id, $1, t.kind, t.name, t.type, 'open', t.severity, t.fields, array(select jsonb_array_elements_text(t.managers)), t.live_hash, $2, t.heal_at, t.conflict, t.desired_hash, t.fields_hash
     from jsonb_to_recordset($3::jsonb) as t(id uuid, kind text, name text, type text, severity text, fields jsonb, managers jsonb, live_hash text, heal_at timestamptz, conflict boolean, desired_hash text, fields_hash text)
     on conflict (fabric_id, kind, name) where state <> 'resolved' do update set
       state = case when ${STAYS_SNOOZED} then 'snoozed' else 'open' end, snoozed_until = case when ${STAYS_SNOOZED} then d.snoozed_until end,
       snooze_reason = case when ${STAYS_SNOOZED} then d.snooze_reason end, heal_at = case when ${STAYS_SNOOZED} then null else excluded.heal_at end,
       conflict = excluded.conflict, desired_hash = excluded.desired_hash, fields_hash = excluded.fields_hash, type = excluded.type, severity = excluded.severity, fields = excluded.fields, managers = excluded.managers,
       live_hash = excluded.live_hash
     returning ${DRIFT_COLUMNS}`, [fabricId, at, JSON.stringify(changes)]);
}

export async function resolveDrifts(tx: EntityManager, at: Date, ended: readonly { id: string; resolution: string }[]): Promise<void> {
  if (ended.length === 0) return;
  await tx.query(
    `update drift d set state = 'resolved', resolved_at = $1, resolution = t.resolution, heal_at = null, snoozed_until = null
     from jsonb_to_recordset($2::jsonb) as t(id uuid, resolution text) where d.id = t.id and d.state <> 'resolved'`, [at, JSON.stringify(ended)]);
}

/** How often Heddle put an object back by itself within the last hour: two controllers that fight must not spin. */
export async function recentHeals(tx: EntityManager, fabricId: string, at: Date): Promise<Map<string, number>> {
  const rows = await rowsOf<{ key: string; heals: string }>(tx,
    `select s.kind || '/' || s.name as key, count(*) as heals from operation o join step s on s.operation_id = o.id
     where o.fabric_id = $1 and o.trigger = 'self_heal' and o.created_at > $2::timestamptz - interval '1 hour' group by 1`, [fabricId, at]);
  return new Map(rows.map(({ key, heals }) => [key, Number(heals)]));
}
