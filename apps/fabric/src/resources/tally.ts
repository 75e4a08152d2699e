import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

/** Numbers of a fabric's objects, from the tally that triggers keep: they cost the same whatever its size. */
export interface Totals {
  /** That Git asks for. */
  desired: number;
  /** Of these, the ones whose last good version is kept. */
  held: number;
  /** That Heddle applied and that live. */
  inventory: number;
  /** Kinds of those that Git asks for. */
  kinds: string[];
}

export async function readTotals(tx: EntityManager, fabricId: string): Promise<Totals> {
  const [row] = await rowsOf<Record<'desired' | 'held' | 'inventory', string | null> & { kinds: string[] | null }>(tx,
    `select sum(objects) filter (where desired) as desired, sum(objects) filter (where desired and held) as held, sum(objects) filter (where inventory) as inventory,
       array_agg(distinct kind) filter (where desired and objects > 0) as kinds from resource_tally where fabric_id = $1`, [fabricId]);
  return { desired: Number(row?.desired ?? 0), held: Number(row?.held ?? 0), inventory: Number(row?.inventory ?? 0), kinds: row?.kinds ?? [] };
}

/** Whether there is an object that switches could say something about and have not: kinds that no Agent embeds are not waited for. */
export async function isAnyAwaited(tx: EntityManager, fabricId: string): Promise<boolean> {
  const [row] = await rowsOf<{ awaited: boolean }>(tx, 'select exists (select from resource_tally where fabric_id = $1 and awaited and objects > 0) as awaited', [fabricId]);
  return row?.awaited ?? false;
}
