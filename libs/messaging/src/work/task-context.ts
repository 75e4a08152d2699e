import type { EntityManager } from 'typeorm';

/** What the work on a task gets beside its payload. */
export interface TaskContext {
  id: string;
  /** 1 for the first. Rises with each start, whatever ended the one before. */
  attempt: number;
  /** Aborted at the soft limit (reason SoftLimit: end in good order), when the process ends (TaskStopped), and when the attempt is over (TaskLost). */
  signal: AbortSignal;
  /** Before each request to the outside. @throws TaskLost when another process may work on the task by now */
  assertOwned(): void;
  /** A transaction that commits only while the attempt is this process's. @throws TaskLost otherwise: nothing was written */
  transaction<Result>(fn: (tx: EntityManager) => Promise<Result>): Promise<Result>;
}
