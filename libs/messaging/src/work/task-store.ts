import type { Actor } from '@heddle/contracts';
import { Database, rowsOf } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { statesBefore, stateAfter, type TaskEvent, type TaskState } from './task-machine.ts';
import { Tasks } from './tasks.ts';
import type { WorkQueueName } from './work-queues.ts';

/** Names one attempt at a task, for ever. */
export interface Attempt {
  id: string;
  attempt: number;
  owner: string;
}

/** How an attempt ended. `lost`, `stopped`: not by its own fault. */
export interface Ending {
  outcome: 'done' | 'failed' | 'hard-limit' | 'lost' | 'stopped';
  reason: string;
  message: string;
  /** No other attempt would help. */
  isFinal?: boolean;
}

/** Tasks that are done, cancelled or discarded are kept for a week from then on, those that failed for a month. */
const PRUNE = `DELETE FROM task WHERE finished_at < now() - CASE WHEN state = 'failed' THEN interval '30 days' ELSE interval '7 days' END`;

/** What is written of tasks after they were claimed. Each statement names attempt and owner: a former one changes nothing. */
@Injectable()
export class TaskStore {
  constructor(@Inject(Database) private readonly database: Database, @Inject(Tasks) private readonly tasks: Tasks) {}

  /** Locks the attempt as this owner's until the transaction ends. @returns false when it is not any more */
  async holdIn(tx: EntityManager, { id, attempt, owner }: Attempt): Promise<boolean> {
    return (await rowsOf(tx, `SELECT 1 FROM task WHERE id = $1 AND attempt = $2 AND owner = $3 AND state = 'running' FOR SHARE`, [id, attempt, owner])).length > 0;
  }

  /** Which of these tasks this owner still has, with their attempts. */
  async stillHeld(owner: string, ids: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.database.query<{ id: string; attempt: number }>(`SELECT id, attempt FROM task WHERE id = ANY($1::uuid[]) AND owner = $2 AND state = 'running'`, [[...ids].sort(), owner]);
    return new Map(rows.map((row) => [row.id, row.attempt]));
  }

  /**
   * Records the end of an attempt.
   * @param retryMs until the next one; null: there is none
   * @returns false when the task was not this attempt's any more: nothing was written
   */
  async end(attempt: Attempt, ending: Ending, retryMs: number | null): Promise<boolean> {
    const event: TaskEvent = ending.outcome === 'done' ? 'finish' : retryMs === null ? 'give_up' : 'put_back';
    return this.database.transaction(async (tx) => {
      const rows = await rowsOf(tx,
        `UPDATE task SET state = $4, owner = NULL, reason = $5, message = $6, failures = failures + $7, due_at = CASE WHEN $4 = 'waiting' THEN now() + make_interval(secs => $8::double precision / 1000) ELSE due_at END,
           finished_at = CASE WHEN $4 <> 'waiting' THEN now() END,
           tries = tries || jsonb_build_array(jsonb_build_object('attempt', attempt, 'startedAt', started_at, 'endedAt', now(), 'outcome', $9::text, 'reason', $5::text, 'message', $6::text))
         WHERE id = $1 AND attempt = $2 AND owner = $3 AND state = ANY($10) RETURNING 1`,
        [attempt.id, attempt.attempt, attempt.owner, stateAfter(event), ending.reason, ending.message.replaceAll('\0', '').slice(0, 4_000), ['failed', 'hard-limit'].includes(ending.outcome) ? 1 : 0, retryMs ?? 0, ending.outcome, statesBefore(event)]);
      if (rows.length > 0 && event === 'put_back') this.tasks.wakeAfter(tx);
      return rows.length > 0;
    });
  }

  /** Takes a task back; who works on it is told within a second, and can write nothing more. @returns false when it is over */
  async cancel(tx: EntityManager, id: string, by: Actor | undefined): Promise<boolean> {
    const rows = await rowsOf(tx,
      `UPDATE task SET state = $2, owner = NULL, reason = 'Cancelled', message = $3, closed_by = $5, finished_at = now(),
         tries = CASE WHEN state = 'running' THEN tries || jsonb_build_array(jsonb_build_object('attempt', attempt, 'startedAt', started_at, 'endedAt', now(), 'outcome', 'cancelled', 'reason', 'Cancelled', 'message', $3::text)) ELSE tries END
       WHERE id = $1 AND state = ANY($4) RETURNING 1`, [id, stateAfter('cancel'), 'Cancelled by request.', statesBefore('cancel'), by ?? null]);
    return rows.length > 0;
  }

  /** A person wants no other attempt; what the last one failed by stays among its tries. @returns false unless it failed */
  async discard(tx: EntityManager, id: string, why: string, by: Actor | undefined): Promise<boolean> {
    const rows = await rowsOf(tx, `UPDATE task SET state = $2, reason = 'Discarded', message = $3, closed_by = $4, finished_at = now() WHERE id = $1 AND state = ANY($5) RETURNING 1`,
      [id, stateAfter('discard'), why, by ?? null, statesBefore('discard')]);
    return rows.length > 0;
  }

  /** A person wants another attempt, with all its retries. @returns false unless it failed or was cancelled */
  async retry(tx: EntityManager, id: string): Promise<boolean> {
    const rows = await rowsOf(tx, `UPDATE task SET state = $2, failures = 0, due_at = now(), finished_at = NULL, closed_by = NULL WHERE id = $1 AND state = ANY($3) RETURNING 1`, [id, stateAfter('retry'), statesBefore('retry')]);
    if (rows.length > 0) this.tasks.wakeAfter(tx);
    return rows.length > 0;
  }

  /** How each queue stands: tasks that wait and could begin, those that run, and how long the first has waited, seconds. */
  async depths(): Promise<{ queue: WorkQueueName; state: TaskState; count: number; oldest: number }[]> {
    const rows = await this.database.query<{ queue: WorkQueueName; state: TaskState; count: string; oldest: string | null }>(
      `SELECT queue, state, count(*) AS count, extract(epoch FROM now() - min(due_at)) AS oldest FROM task
       WHERE state = 'failed' OR state = 'running' OR (state = 'waiting' AND due_at <= now()) GROUP BY queue, state`);
    return rows.map((row) => ({ ...row, count: Number(row.count), oldest: Math.max(0, Number(row.oldest)) }));
  }

  async prune(): Promise<void> {
    await this.database.query(PRUNE);
  }
}
