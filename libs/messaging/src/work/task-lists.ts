import { Inject, Injectable } from '@nestjs/common';
import type { Actor, Page, TaskDetail, TaskQuery, TaskView } from '@heddle/contracts';
import { AuditTrail, Conflict, Database, NotFound } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { readCursor, writeCursor } from '../inbox/dead-letter-query.ts';
import { storable } from '../inbox/storable.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { assertNamedActor } from '../request/assert-named-actor.ts';
import { TaskStore } from './task-store.ts';

const COLUMNS = `id, type, key, queue, priority, fair_key AS "fairKey", state, attempt, failures, reason, message, due_at AS "dueAt", created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt", closed_by AS "closedBy"`;

type Row = Omit<TaskView, 'service' | 'closedBy' | 'dueAt' | 'createdAt' | 'startedAt' | 'finishedAt'> & { dueAt: Date; createdAt: Date; startedAt: Date | null; finishedAt: Date | null; closedBy: Actor | null; cursor: string };
type DetailRow = Row & Pick<TaskDetail, 'payload' | 'tries'> & { context: { correlationId: string } };

/** What people see of a service's tasks, and what they may do with them. */
@Injectable()
export class TaskLists {
  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions, @Inject(Database) private readonly database: Database, @Inject(TaskStore) private readonly store: TaskStore,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  /** The newest first. @throws Invalid on a cursor that is none of ours */
  async list({ limit, cursor, queue, state, type }: TaskQuery): Promise<Page<TaskView>> {
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const rows = await this.database.query<Row>(
      `SELECT ${COLUMNS}, created_at::text AS cursor FROM task
       WHERE ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::uuid)) AND ($4::text IS NULL OR queue = $4) AND ($5::text IS NULL OR state = $5) AND ($6::text IS NULL OR type = $6)
       ORDER BY created_at DESC, id DESC LIMIT $1`, [limit + 1, after?.[0] ?? null, after?.[1] ?? null, queue ?? null, state ?? null, type ?? null]);
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    return { items: items.map((row) => this.view(row)), next: rows.length > limit && last ? writeCursor(last.cursor, last.id) : null };
  }

  /** @throws NotFound */
  async get(taskId: string): Promise<TaskDetail> {
    const [row] = await this.database.query<DetailRow>(`SELECT ${COLUMNS}, payload, tries, context FROM task WHERE id = $1`, [taskId]);
    if (!row) throw new NotFound({ code: 'BUS-011', message: `${this.options.service} has no task ${taskId}.`, remedy: 'List the tasks; those that are over are kept for 7 days, those that failed for 30.' });
    return { ...this.view(row), payload: row.payload, correlationId: row.context.correlationId, tries: row.tries };
  }

  /** Another attempt at once, with all retries. @throws NotFound; Conflict unless it failed or was cancelled */
  retry(taskId: string): Promise<TaskDetail> {
    return this.act(taskId, 'task.retry', (tx) => this.store.retry(tx, taskId), 'Only tasks that failed or were cancelled can be tried again.');
  }

  /** @throws NotFound; Conflict when it is over */
  cancel(taskId: string, by: Actor | undefined): Promise<TaskDetail> {
    return this.act(taskId, 'task.cancel', (tx) => this.store.cancel(tx, taskId, by), 'Only tasks that wait or run can be cancelled.');
  }

  /** Closes one that was given up; it is kept for a week. @throws NotAllowed when nobody is named; NotFound; Conflict unless it failed */
  async discard(taskId: string, why: string, by: Actor | undefined): Promise<TaskDetail> {
    await assertNamedActor(by, { action: 'task.discard', subject: `task/${taskId}` }, this.database, this.audit);
    const reason = storable(why);
    return this.act(taskId, 'task.discard', (tx) => this.store.discard(tx, taskId, reason, by), 'Only tasks that were given up can be discarded; cancel those that wait or run.', { reason });
  }

  private async act(taskId: string, action: string, change: (tx: EntityManager) => Promise<boolean>, remedy: string, details: Record<string, unknown> = {}): Promise<TaskDetail> {
    const before = await this.get(taskId);
    const done = await this.database.transaction(async (tx) => {
      const changed = await change(tx);
      await this.audit.append(tx, { action, subject: `task/${taskId}`, outcome: changed ? 'done' : 'refused', details: { type: before.type, key: before.key, attempt: before.attempt, ...details } });
      return changed;
    });
    if (!done) throw new Conflict({ code: 'BUS-012', message: `The task ${taskId} is ${(await this.get(taskId)).state}.`, remedy });
    return this.get(taskId);
  }

  private view({ id, type, key, queue, priority, fairKey, state, attempt, failures, reason, message, dueAt, createdAt, startedAt, finishedAt, closedBy }: Row): TaskView {
    return {
      id, service: this.options.service, type, key, queue, priority, fairKey, state, attempt, failures, reason, message,
      dueAt: dueAt.toISOString(), createdAt: createdAt.toISOString(), startedAt: startedAt?.toISOString() ?? null, finishedAt: finishedAt?.toISOString() ?? null, ...(closedBy && { closedBy }),
    };
  }
}
