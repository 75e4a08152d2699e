import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

/** k8s-sync ends the steps at the deadline too, and knows why: its outcomes, and a last look at what was sent, come within this time. */
export const DEADLINE_GRACE_MS = 45_000;

/**
 * A fabric with something to do now, locked; those that somebody else works on are passed over. Planning touches
 * nothing but this database: the row's lock is its owner, and a crash gives it back with the transaction.
 * In turn: whose last turn is longest ago comes first, however much the others have to do.
 */
export async function claimDueFabric(tx: EntityManager, now: Date, resting: readonly string[] = []): Promise<string | null> {
  const [row] = await rowsOf<{ id: string }>(tx,
    `select f.id from fabric f
     where f.id <> all($2::uuid[]) and (exists (select from operation o where o.fabric_id = f.id and ((o.state = 'pending' and o.deadline <= $1) or (o.state = 'in_progress' and (o.deadline <= $3 or o.dispatch_at <= $1))))
        or (not exists (select from operation o where o.fabric_id = f.id and o.state = 'in_progress') and (
             f.plan_due_at <= $1
             or exists (select from operation o where o.fabric_id = f.id and o.state = 'pending')
             or (f.state = 'active' and exists (select from drift d where d.fabric_id = f.id and d.state = 'open' and d.heal_at <= $1)))))
     order by f.worked_at nulls first, f.plan_due_at nulls first, f.id limit 1 for update of f skip locked`, [now, resting, graceBefore(now)]);
  if (row) await tx.query('update fabric set worked_at = $2 where id = $1', [row.id, now]);
  return row?.id ?? null;
}

/** Operations in progress whose deadline is before this time are ended by fabric itself. */
export function graceBefore(now: Date): Date {
  return new Date(now.getTime() - DEADLINE_GRACE_MS);
}

/** The fabric of which an Agent fell silent since it was looked at last. */
export async function silentFabrics(tx: EntityManager, before: Date): Promise<string[]> {
  return (await rowsOf<{ id: string }>(tx, 'select distinct fabric_id as id from agent where fresh and heartbeat_at < $1 order by 1', [before])).map(({ id }) => id);
}
