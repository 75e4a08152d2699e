import type { TaskView } from '@heddle/contracts';

/** How a queue of tasks is worked. */
export interface WorkQueueSpec {
  /** Most tasks of the queue at once, in each process or, with scope `service`, in all processes of the service together. */
  readonly concurrency: number;
  readonly scope: 'process' | 'service';
  /** Of its tasks where they don't say: 0 to 9, the highest first. */
  readonly priority: number;
}

/** The five queues of tasks. Strict priority within a queue; the queues don't wait for each other. */
export const WORK_QUEUES = {
  /** What comes with time: retention, checks, digests. One at a time, whatever the number of replicas. */
  scheduler: { concurrency: 1, scope: 'service', priority: 9 },
  /** What waits for Git servers. */
  git: { concurrency: 4, scope: 'process', priority: 8 },
  /** What waits for API servers. */
  kubernetes: { concurrency: 3, scope: 'process', priority: 8 },
  /** Short work on the own database. */
  micro: { concurrency: 8, scope: 'process', priority: 9 },
  /** Long work of several steps. */
  orchestration: { concurrency: 2, scope: 'process', priority: 6 },
} as const satisfies Record<TaskView['queue'], WorkQueueSpec>;

export type WorkQueueName = keyof typeof WORK_QUEUES;

export const WORK_QUEUE_NAMES = Object.keys(WORK_QUEUES) as readonly WorkQueueName[];

/** @throws RangeError unless it is a whole number from 0 to 9 */
export function assertPriority(priority: number): void {
  if (!Number.isInteger(priority) || priority < 0 || priority > 9) throw new RangeError(`The priority is ${priority}; it must be a whole number from 0 to 9, the highest first`);
}
