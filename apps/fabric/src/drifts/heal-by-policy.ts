import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { driftPolicyOf } from './drift-policy.ts';

/** After a change of policies: open drifts that are to be put back are due now, and the others no longer. */
export async function healByPolicy(tx: EntityManager, fabric: FabricEntity, now: Date): Promise<void> {
  const kinds = await rowsOf<{ kind: string }>(tx, `select distinct kind from drift where fabric_id = $1 and state <> 'resolved'`, [fabric.id]);
  const healed = kinds.map(({ kind }) => kind).filter((kind) => driftPolicyOf(fabric, kind) === 'always_revert');
  await tx.query(
    `update drift set heal_at = case when kind = any($2::text[]) then coalesce(heal_at, $3) end where fabric_id = $1 and state = 'open'`, [fabric.id, healed, now]);
}
