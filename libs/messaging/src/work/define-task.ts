import { z } from 'zod';
import { DEFAULT_RETRY_DELAYS_MS } from '../inbox/failure.ts';
import { WORK_QUEUES, type WorkQueueName } from './work-queues.ts';

/** A kind of task: what it carries, where it waits, how long it may take and how often it is tried. */
export interface TaskType<Payload extends z.ZodType = z.ZodType> {
  /** Stored with each task: permanent, unique within the service. Dotted, imperative: `history.drop_old`. */
  readonly type: string;
  readonly queue: WorkQueueName;
  readonly payload: Payload;
  /** After this the signal of the task is aborted, so that it can end in good order; milliseconds. */
  readonly softLimitMs: number;
  /** After this it is given up: the attempt has failed and nothing of it can be written any more; milliseconds. */
  readonly hardLimitMs: number;
  /** Waits before the second attempt and those after it, milliseconds; default 5 s, 30 s, 5 min. None: one attempt. */
  readonly retryDelaysMs: readonly number[];
  /** Given: one task in each such period, by the database's time, with an empty payload; milliseconds. */
  readonly everyMs?: number | undefined;
}

type TaskOptions<Payload extends z.ZodType> = Pick<TaskType<Payload>, 'type' | 'queue' | 'payload' | 'softLimitMs' | 'hardLimitMs'> & Partial<Pick<TaskType<Payload>, 'retryDelaysMs' | 'everyMs'>>;

/**
 * Declares a type of tasks.
 * @throws Error where the limits don't fit together, or a periodic task's payload can't be empty
 */
export function defineTask<Payload extends z.ZodType>({ retryDelaysMs = DEFAULT_RETRY_DELAYS_MS, ...options }: TaskOptions<Payload>): TaskType<Payload> {
  const { type, queue, softLimitMs, hardLimitMs, everyMs, payload } = options;
  if (!(queue in WORK_QUEUES)) throw new Error(`The task ${type} names the queue '${queue}'; there are ${Object.keys(WORK_QUEUES).join(', ')}`);
  if (!(softLimitMs > 0 && hardLimitMs > softLimitMs)) throw new Error(`The task ${type} has limits of ${softLimitMs} and ${hardLimitMs} ms; the soft one must be over 0 and under the hard one`);
  if (everyMs !== undefined && !(everyMs >= 1_000 && payload.safeParse({}).success)) throw new Error(`The task ${type} comes every ${everyMs} ms: that must be 1,000 or more, and {} must fit its payload`);
  return { ...options, retryDelaysMs };
}
