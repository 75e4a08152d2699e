import type { DriftField, DriftView } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

export const DRIFT_COLUMNS = `
  d.id, d.fabric_id as "fabricId", d.kind, d.name, d.type, d.state, d.severity, d.fields, d.managers,
  d.detected_at as "detectedAt", d.resolved_at as "resolvedAt", d.resolution, d.operation_id as "operationId"`;

export type DriftRow = Omit<DriftView, 'detectedAt' | 'resolvedAt'> & { detectedAt: Date; resolvedAt: Date | null };

export function driftView(row: DriftRow): DriftView {
  return { ...row, detectedAt: row.detectedAt.toISOString(), resolvedAt: row.resolvedAt?.toISOString() ?? null };
}

export interface DriftChange {
  id: string; kind: string; name: string; type: DriftView['type']; severity: DriftView['severity'];
  fields: DriftField[]; managers: string[]; live_hash: string | null; heal_at: Date | null;
}

/** Opens drifts, or brings open ones up to date; those in revert go back to open when they are here again. */
export async function writeDrifts(tx: EntityManager, fabricId: string, at: Date, changes: readonly DriftChange[]): Promise<DriftRow[]> {
  if (changes.length === 0) return [];
  return rowsOf<DriftRow>(tx,
    `insert into drift as d (id, fabric_id, kind, name, type, state, severity, fields, managers, live_hash, detected_at, heal_at)
     select t.id, $1, t.kind, t.name, t.type, 'open', t.severity, t.fields, array(select jsonb_array_elements_text(t.managers)), t.live_hash, $2, t.heal_at
     from jsonb_to_recordset($3::jsonb) as t(id uuid, kind text, name text, type text, severity text, fields jsonb, managers jsonb, live_hash text, heal_at timestamptz)
     on conflict (fabric_id, kind, name) where state <> 'resolved' do update set
       type = excluded.type, state = 'open', severity = excluded.severity, fields = excluded.fields, managers = excluded.managers,
       live_hash = excluded.live_hash, heal_at = excluded.heal_at
     returning ${DRIFT_COLUMNS}`, [fabricId, at, JSON.stringify(changes)]);
}

export async function resolveDrifts(tx: EntityManager, at: Date, ended: readonly { id: string; resolution: string }[]): Promise<void> {
  if (ended.length === 0) return;
  await tx.query(
    `update drift d set state = 'resolved', resolved_at = $1, resolution = t.resolution, heal_at = null
     from jsonb_to_recordset($2::jsonb) as t(id uuid, resolution text) where d.id = t.id and d.state <> 'resolved'`, [at, JSON.stringify(ended)]);
}

/** How often Heddle put an object back by itself within the last hour: two controllers that fight must not spin. */
export async function recentHeals(tx: EntityManager, fabricId: string, at: Date): Promise<Map<string, number>> {
  const rows = await rowsOf<{ key: string; heals: string }>(tx,
    `select s.kind || '/' || s.name as key, count(*) as heals from operation o join step s on s.operation_id = o.id
     where o.fabric_id = $1 and o.trigger = 'self_heal' and o.created_at > $2::timestamptz - interval '1 hour' group by 1`, [fabricId, at]);
  return new Map(rows.map(({ key, heals }) => [key, Number(heals)]));
}
