import type { DriftField, ObjectRef, ResourceDetail } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

const HISTORY_ENTRIES = 100;

export async function readHistory(tx: EntityManager, fabricId: string, { kind, name }: ObjectRef): Promise<ResourceDetail['history']> {
  const rows = await rowsOf<Omit<ResourceDetail['history'][number], 'at'> & { at: Date }>(tx,
    `select at, from_state as "from", to_state as "to", reason, message, actor, commit, operation_id as "operationId"
     from history where fabric_id = $1 and kind = $2 and name = $3 order by at desc, ordinal desc limit ${HISTORY_ENTRIES}`, [fabricId, kind, name]);
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

export async function readReferences(tx: EntityManager, fabricId: string, { kind, name }: ObjectRef): Promise<Pick<ResourceDetail, 'references' | 'referencedBy'>> {
  const references = await rowsOf<ResourceDetail['references'][number]>(tx,
    'select to_kind as kind, to_name as name, field from reference where fabric_id = $1 and from_kind = $2 and from_name = $3 order by field, to_kind, to_name', [fabricId, kind, name]);
  const referencedBy = await rowsOf<ObjectRef>(tx,
    'select distinct from_kind as kind, from_name as name from reference where fabric_id = $1 and to_kind = $2 and to_name = $3 order by 1, 2 limit 1000', [fabricId, kind, name]);
  return { references, referencedBy };
}

export async function readOpenDrift(tx: EntityManager, fabricId: string, { kind, name }: ObjectRef): Promise<DriftField[]> {
  const [row] = await rowsOf<{ fields: DriftField[] }>(tx, `select fields from drift where fabric_id = $1 and kind = $2 and name = $3 and state <> 'resolved'`, [fabricId, kind, name]);
  return row?.fields ?? [];
}

type Hop = Exclude<keyof ResourceDetail['hops'], 'seconds'>;

export async function readHops(tx: EntityManager, fabricId: string, { kind, name }: ObjectRef): Promise<ResourceDetail['hops']> {
  const [row] = await rowsOf<Record<Hop, Date | null>>(tx,
    `select committed_at as "committedAt", stored_at as "storedAt", applied_at as "appliedAt", converged_at as "convergedAt" from resource where fabric_id = $1 and kind = $2 and name = $3`, [fabricId, kind, name]);
  const at = (hop: Hop): string | null => row?.[hop]?.toISOString() ?? null;
  const took = (from: Hop, to: Hop): number | null => (row?.[from] && row[to] ? Math.max(0, (row[to].getTime() - row[from].getTime()) / 1_000) : null);
  return { committedAt: at('committedAt'), storedAt: at('storedAt'), appliedAt: at('appliedAt'), convergedAt: at('convergedAt'), seconds: { stored: took('committedAt', 'storedAt'), applied: took('storedAt', 'appliedAt'), onSwitches: took('appliedAt', 'convergedAt') } };
}
