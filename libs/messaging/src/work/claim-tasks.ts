import { type Database, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { TaskOrigin } from './tasks.ts';
import type { TaskType } from './define-task.ts';
import { WORK_QUEUES, type WorkQueueName } from './work-queues.ts';

/** A task that this process has now. */
export interface ClaimedTask {
  id: string;
  type: string;
  attempt: number;
  failures: number;
  payload: unknown;
  context: TaskOrigin;
  /** From when it could have begun until it did, milliseconds. */
  waitedMs: number;
}

export interface Claimant {
  /** Of the process, as in its heartbeat. */
  owner: string;
  /** What it can work on. */
  types: readonly TaskType[];
  /** Ids that it works on now. */
  running: readonly string[];
}

/** A process is taken for dead after this, as with leases. */
const SILENT = `NOT EXISTS (SELECT 1 FROM process p WHERE p.id = t.owner AND p.heartbeat_at > now() - interval '15 seconds')`;

/** The queues with tasks that could begin, or whose process fell silent: one look, before any lock is taken. */
export async function queuesWithWork(database: Database, { types, owner, running }: Claimant): Promise<WorkQueueName[]> {
  const rows = await database.query<{ queue: WorkQueueName }>(
    `SELECT DISTINCT queue FROM task t WHERE type = ANY($1) AND ((state = 'waiting' AND due_at <= now()) OR (state = 'running' AND (${SILENT} OR (owner = $2 AND id <> ALL($3::uuid[])))))`,
    [types.map(({ type }) => type), owner, running]);
  return rows.map(({ queue }) => queue);
}

/**
 * Takes as many tasks of a queue as there is room for: the highest priority first, within it in turns by fair key, the one that
 * waited longest for its turn first, then the oldest. Those of silent processes are put back before.
 * @param room most tasks that this process can take of it now
 */
export async function claimTasks(database: Database, queue: WorkQueueName, room: number, claimant: Claimant): Promise<ClaimedTask[]> {
  return database.transaction(async (tx) => {
    // One at a time for each queue: what runs is counted, and turns are taken.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('work queue'), hashtext(current_schema() || $1))`, [queue]);
    await putBackLost(tx, queue, claimant);
    const most = Math.min(room, await roomOfService(tx, queue));
    if (most <= 0) return [];
    const rows = await rowsOf<Omit<ClaimedTask, 'waitedMs'> & { waited: string }>(tx,
      `WITH due AS (
         SELECT id, priority, fair_key, due_at, row_number() OVER (PARTITION BY priority, fair_key ORDER BY due_at, created_at, id) AS turn
         FROM task WHERE queue = $1 AND state = 'waiting' AND due_at <= now() AND type = ANY($2)
       ), next AS (
         SELECT id FROM due d ORDER BY priority DESC, turn,
           (SELECT max(started_at) FROM task s WHERE s.queue = $1 AND s.fair_key = d.fair_key) NULLS FIRST, due_at, id LIMIT $3
       )
       UPDATE task t SET state = 'running', owner = $4, attempt = attempt + 1, started_at = clock_timestamp(), finished_at = NULL
       FROM next WHERE t.id = next.id
       RETURNING t.id, t.type, t.attempt, t.failures, t.payload, t.context, extract(epoch FROM clock_timestamp() - t.due_at) AS waited`,
      [queue, claimant.types.map(({ type }) => type), most, claimant.owner]);
    return rows.map(({ waited, ...task }) => ({ ...task, waitedMs: Math.max(0, Number(waited) * 1_000) }));
  });
}

async function roomOfService(tx: EntityManager, queue: WorkQueueName): Promise<number> {
  const { scope, concurrency } = WORK_QUEUES[queue];
  if (scope === 'process') return concurrency;
  const [row] = await rowsOf<{ running: string }>(tx, `SELECT count(*) AS running FROM task WHERE queue = $1 AND state = 'running'`, [queue]);
  return concurrency - Number(row?.running ?? 0);
}

/** A process that ended may have been ended by the task itself: that counts as a failure. */
async function putBackLost(tx: EntityManager, queue: WorkQueueName, { types, owner, running }: Claimant): Promise<void> {
  await tx.query(
    `UPDATE task t SET owner = NULL, failures = failures + 1, due_at = now(), reason = 'OwnerLost', message = 'The process that worked on it fell silent.',
       state = CASE WHEN failures >= m.retries THEN 'failed' ELSE 'waiting' END, finished_at = CASE WHEN failures >= m.retries THEN now() END,
       tries = tries || jsonb_build_array(jsonb_build_object('attempt', attempt, 'startedAt', started_at, 'endedAt', now(), 'outcome', 'lost', 'reason', 'OwnerLost', 'message', 'The process that worked on it fell silent.'))
     FROM unnest($2::text[], $3::integer[]) AS m(type, retries)
     WHERE t.queue = $1 AND t.state = 'running' AND t.type = m.type AND (${SILENT} OR (t.owner = $4 AND t.id <> ALL($5::uuid[])))`,
    [queue, types.map(({ type }) => type), types.map(({ retryDelaysMs }) => retryDelaysMs.length), owner, running]);
}
