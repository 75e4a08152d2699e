import type { ObjectRef, OperationView, Wait } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { PlannedStep } from '../plans/plan-sync.ts';
import type { StepState } from '../state/step-machine.ts';
import { TAKEN_BACK } from './causes.ts';
import type { Hold } from './may-dispatch.ts';

/** A step of an operation and how it stands. */
export interface StepRow {
  stepId: string; action: string; kind: string; name: string; desiredHash: string | null; attempt: number; state: StepState;
  reason: string; message: string; remedy: string | null; at: Date | null; changed: boolean | null;
  /** Of the object that the plan saw. */
  uid: string | null;
  dependsOn: string[];
  sentAt: Date | null;
  /** What it waits for; null: nothing that fabric knows of. */
  wait: Wait | null;
}

const COLUMNS = `step_id as "stepId", action, kind, name, desired_hash as "desiredHash", attempt, state, reason, message, remedy, at, changed, uid, depends_on as "dependsOn", sent_at as "sentAt", wait`;

/** Stores the steps of an operation; those with a hold are not sent yet. */
export async function insertSteps(tx: EntityManager, operationId: string, fabricId: string, steps: readonly PlannedStep[], holds: ReadonlyMap<string, Hold>, at: Date): Promise<void> {
  if (steps.length === 0) return;
  const rows = steps.map(({ stepId, action, kind, name, dependsOn, desiredHash, preconditions }, ordinal) => ({
    uid: preconditions.uid ?? null, step_id: stepId, ordinal, action, kind, name, depends_on: dependsOn, desired_hash: desiredHash, wait: holds.has(stepId) ? waitOf(holds.get(stepId) as Hold) : null,
  }));
  await tx.query(
    `insert into step (operation_id, fabric_id, step_id, ordinal, action, kind, name, depends_on, desired_hash, uid, state, wait, sent_at)
     select $1, $2, t.step_id, t.ordinal, t.action, t.kind, t.name, array(select jsonb_array_elements_text(t.depends_on)), t.desired_hash, t.uid,
       case when t.wait is null then 'sent' else 'planned' end, t.wait, case when t.wait is null then $4::timestamptz end
     from jsonb_to_recordset($3::jsonb) as t(step_id text, ordinal int, action text, kind text, name text, depends_on jsonb, desired_hash text, uid text, wait jsonb)`,
    [operationId, fabricId, JSON.stringify(rows), at]);
}

/** Steps that were held back and go now. */
export async function markSent(tx: EntityManager, operationId: string, stepIds: readonly string[], at: Date): Promise<void> {
  await tx.query(`update step set state = 'sent', wait = null, sent_at = $3 where operation_id = $1 and step_id = any($2) and state = 'planned'`, [operationId, stepIds, at]);
}

/** What steps wait for that are held back. */
export async function writeHolds(tx: EntityManager, operationId: string, holds: ReadonlyMap<string, Hold>): Promise<void> {
  if (holds.size === 0) return;
  const rows = [...holds].map(([stepId, hold]) => ({ step_id: stepId, wait: waitOf(hold) }));
  await tx.query(
    `update step s set wait = t.wait from jsonb_to_recordset($2::jsonb) as t(step_id text, wait jsonb)
     where s.operation_id = $1 and s.step_id = t.step_id and s.state = 'planned' and s.wait is distinct from t.wait`, [operationId, JSON.stringify(rows)]);
}

function waitOf({ since, until, givenUp: _, ...hold }: Hold): Wait {
  return { ...hold, since: since.toISOString(), until: until?.toISOString() ?? null, try: 1 };
}

export async function readSteps(tx: EntityManager, operationId: string, stepIds?: readonly string[]): Promise<StepRow[]> {
  return rowsOf<StepRow>(tx, `select ${COLUMNS} from step where operation_id = $1 and ($2::text[] is null or step_id = any($2)) order by ordinal`, [operationId, stepIds ?? null]);
}

export type StepUpdate = Pick<StepRow, 'stepId' | 'state' | 'reason' | 'message' | 'remedy' | 'changed'> & { at: string; wait?: Wait | null };

export async function updateSteps(tx: EntityManager, operationId: string, updates: readonly StepUpdate[]): Promise<void> {
  if (updates.length === 0) return;
  await tx.query(
    `update step s set state = t.state, reason = t.reason, message = t.message, remedy = t.remedy, changed = t.changed, at = t.at, wait = t.wait
     from jsonb_to_recordset($2::jsonb) as t("stepId" text, state text, reason text, message text, remedy text, changed boolean, at timestamptz, wait jsonb)
     where s.operation_id = $1 and s.step_id = t."stepId"`, [operationId, JSON.stringify(updates)]);
}

/**
 * Objects of which no other step of the operation is left are in nobody's hands any more. What kept a step from being
 * started is remembered as the object's failure, unless it was taken back. @returns the objects of the steps
 */
export async function releaseObjects(tx: EntityManager, operationId: string, stepIds: readonly string[]): Promise<ObjectRef[]> {
  return rowsOf<ObjectRef>(tx,
    `update resource r set in_flight = null, failure = case when not s.reason = any($3) then jsonb_build_object('desiredHash', s.desired_hash, 'reason', s.reason, 'message', s.message, 'operationId', s.operation_id) else r.failure end
     from (select distinct on (kind, name) * from step where operation_id = $1 and step_id = any($2) order by kind, name, desired_hash is null, ordinal desc) s
     where r.fabric_id = s.fabric_id and r.kind = s.kind and r.name = s.name and r.in_flight = $1
       and not exists (select from step o where o.operation_id = $1 and o.kind = s.kind and o.name = s.name and o.state not in ('done', 'stalled', 'not_started'))
     returning r.kind, r.name`, [operationId, stepIds, [...TAKEN_BACK]]);
}

export type StepCounts = OperationView['counts'];

/** How the steps of operations stand, and how many of their objects are on the switches with what the operation wrote. */
export async function countSteps(tx: EntityManager, operationIds: readonly string[]): Promise<Map<string, StepCounts>> {
  const rows = await rowsOf<Record<keyof StepCounts, string> & { id: string }>(tx,
    `select s.operation_id as id, count(*) as total, count(*) filter (where s.state = 'done') as done,
       count(*) filter (where s.state = 'done' and not s.changed) as unchanged, count(*) filter (where s.state = 'waiting') as waiting,
       count(*) filter (where s.state = 'retry') as retrying, count(*) filter (where s.state = 'stalled') as stalled,
       count(*) filter (where s.state = 'not_started') as "notStarted",
       count(*) filter (where s.desired_hash is not null and s.state = 'done' and r.state = 'synced' and r.base_hash = s.desired_hash) as converged
     from step s left join resource r on r.fabric_id = s.fabric_id and r.kind = s.kind and r.name = s.name
     where s.operation_id = any($1::uuid[]) group by s.operation_id`, [operationIds]);
  return new Map(rows.map(({ id, ...counts }) => [id, Object.fromEntries(Object.entries(counts).map(([key, value]) => [key, Number(value)])) as StepCounts]));
}

/** How far an operation is, without a look at its objects: asked for with each message of outcomes. */
export async function countOutcomes(tx: EntityManager, operationId: string): Promise<Pick<StepCounts, 'total' | 'done' | 'stalled' | 'notStarted'>> {
  const [row] = await rowsOf<Record<'total' | 'done' | 'stalled' | 'notStarted', string>>(tx,
    `select count(*) as total, count(*) filter (where state = 'done') as done, count(*) filter (where state = 'stalled') as stalled, count(*) filter (where state = 'not_started') as "notStarted"
     from step where operation_id = $1`, [operationId]);
  return { total: Number(row?.total), done: Number(row?.done), stalled: Number(row?.stalled), notStarted: Number(row?.notStarted) };
}

export const NO_STEPS: StepCounts = { total: 0, done: 0, unchanged: 0, waiting: 0, retrying: 0, stalled: 0, notStarted: 0, converged: 0 };

export function isOver({ total, done, stalled, notStarted }: Pick<StepCounts, 'total' | 'done' | 'stalled' | 'notStarted'>): boolean {
  return done + stalled + notStarted >= total;
}
