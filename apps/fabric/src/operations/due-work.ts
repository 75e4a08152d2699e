import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

/**
 * A fabric with something to do now, locked; those that somebody else works on are passed over. Planning touches
 * nothing but this database: the row's lock is its owner, and a crash gives it back with the transaction.
 */
export async function lockDueFabric(tx: EntityManager, now: Date, resting: readonly string[] = []): Promise<string | null> {
  const [row] = await rowsOf<{ id: string }>(tx,
    `select f.id from fabric f
     where f.id <> all($2::uuid[]) and (exists (select from operation o where o.fabric_id = f.id and o.state in ('pending', 'in_progress') and o.deadline <= $1)
        or (not exists (select from operation o where o.fabric_id = f.id and o.state = 'in_progress') and (
             f.plan_due_at <= $1
             or exists (select from operation o where o.fabric_id = f.id and o.state = 'pending')
             or (f.state = 'active' and f.self_heal and exists (select from drift d where d.fabric_id = f.id and d.state = 'open' and d.heal_at <= $1)))))
     order by f.plan_due_at nulls first, f.id limit 1 for update of f skip locked`, [now, resting]);
  return row?.id ?? null;
}

/** The fabric of which an Agent fell silent since it was looked at last. */
export async function silentFabrics(tx: EntityManager, before: Date): Promise<string[]> {
  return (await rowsOf<{ id: string }>(tx, 'select distinct fabric_id as id from agent where fresh and heartbeat_at < $1 order by 1', [before])).map(({ id }) => id);
}
