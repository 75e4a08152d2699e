import { type Actor, systemActor, type VerdictEntry } from '@heddle/contracts';
import { currentContext, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { DriftRow } from './drift-store.ts';

export interface NewVerdict {
  verdict: VerdictEntry['verdict'];
  reason: string;
  until?: Date | null;
  operationId?: string | null;
  /** Default: who asked, or Heddle itself. */
  actor?: Actor;
}

/** One row for each drift that was decided on. */
export async function writeVerdicts(tx: EntityManager, at: Date, drifts: readonly Pick<DriftRow, 'id' | 'fabricId' | 'kind' | 'name' | 'fields'>[], { verdict, reason, until = null, operationId = null, actor }: NewVerdict): Promise<void> {
  if (drifts.length === 0) return;
  const rows = drifts.map(({ id, fabricId, kind, name, fields }) => ({ drift_id: id, fabric_id: fabricId, kind, name, fields }));
  await tx.query(
    `insert into verdict (fabric_id, drift_id, kind, name, at, verdict, reason, until, actor, operation_id, fields)
     select t.fabric_id, t.drift_id, t.kind, t.name, $1, $2, $3, $4, $5, $6, t.fields from jsonb_to_recordset($7::jsonb) as t(fabric_id uuid, drift_id uuid, kind text, name text, fields jsonb)`,
    [at, verdict, reason, until, JSON.stringify(actor ?? currentContext()?.actor ?? systemActor('fabric')), operationId, JSON.stringify(rows)]);
}

type VerdictRow = Omit<VerdictEntry, 'at' | 'until'> & { at: Date; until: Date | null };

/** The newest first. */
export async function readVerdicts(tx: EntityManager, { fabricId, driftId, kind, name, before, limit }: { fabricId: string | null; driftId: string | null; kind: string | null; name: string | null; before: string | null; limit: number }): Promise<VerdictRow[]> {
  return rowsOf<VerdictRow>(tx,
    `select id::text, drift_id as "driftId", fabric_id as "fabricId", kind, name, at, verdict, reason, until, actor, operation_id as "operationId", fields from verdict
     where ($1::uuid is null or fabric_id = $1) and ($2::uuid is null or drift_id = $2) and ($3::text is null or kind = $3) and ($4::text is null or name = $4) and ($5::bigint is null or id < $5)
     order by verdict.id desc limit $6`, [fabricId, driftId, kind, name, before, limit]);
}

export function verdictView({ at, until, ...row }: VerdictRow): VerdictEntry {
  return { ...row, at: at.toISOString(), until: until?.toISOString() ?? null };
}
