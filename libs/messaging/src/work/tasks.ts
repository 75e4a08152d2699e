import { Inject, Injectable } from '@nestjs/common';
import { currentContext, Ids, Invalid, onCommit, rowsOf, type WorkContext } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { traceparentOf } from '../trace/traceparent.ts';
import type { TaskType } from './define-task.ts';
import { assertPriority, WORK_QUEUES } from './work-queues.ts';

/** What a task was added for; its logs, spans and messages carry it on. */
export interface TaskOrigin extends WorkContext {
  traceparent?: string;
}

export interface TaskOptions {
  /** Names the task within its type: the same one twice is one, also after it has ended, until its row is dropped (7 days). Default: every call is a task of its own. */
  key?: string;
  /** 0 to 9, the highest first; default its queue's. */
  priority?: number;
  /** Tasks of equal priority take turns by this, e.g. the fabric; default the fabric of the work in hand. */
  fairKey?: string;
  /** Not before this time; default at once. */
  notBefore?: Date;
}

/** Adds tasks, in the transaction of the change that asks for them. They are worked on after its commit, at least once. */
@Injectable()
export class Tasks {
  readonly #listeners = new Set<() => void>();

  constructor(@Inject(Ids) private readonly ids: Ids) {}

  /**
   * @returns false when there was one of this key already
   * @throws Invalid when the payload doesn't fit its type, RangeError on a priority that is none: the transaction then rolls back
   */
  async add<Payload extends z.ZodType>(tx: EntityManager, type: TaskType<Payload>, payload: z.input<Payload>, options: TaskOptions = {}): Promise<boolean> {
    const checked = type.payload.safeParse(payload);
    if (!checked.success) {
      throw new Invalid({ code: 'BUS-010', message: `The payload of a task ${type.type} does not fit: ${checked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`, remedy: 'Give what the type of the task asks for.' });
    }
    const priority = options.priority ?? WORK_QUEUES[type.queue].priority;
    assertPriority(priority);
    const added = await rowsOf(tx,
      `INSERT INTO task (type, key, queue, priority, fair_key, payload, context, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()))
       ON CONFLICT (type, key) DO NOTHING RETURNING 1`,
      [type.type, options.key ?? this.ids.uuid(), type.queue, priority, options.fairKey ?? currentContext()?.fabricId ?? '', JSON.stringify(payload), JSON.stringify(this.origin()), options.notBefore ?? null]);
    if (added.length > 0) this.wakeAfter(tx);
    return added.length > 0;
  }

  /** Calls back after a commit that left something to do. */
  onWork(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** There is something to do once `tx` has committed. */
  wakeAfter(tx: EntityManager): void {
    onCommit(tx, () => { for (const listener of this.#listeners) listener(); });
  }

  private origin(): TaskOrigin {
    const traceparent = traceparentOf();
    return { correlationId: this.ids.uuid(), ...currentContext(), ...(traceparent !== undefined && { traceparent }) };
  }
}
