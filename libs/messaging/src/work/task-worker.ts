import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Background, Database, describeError, inSpan, inTrace, Leases, Logger, runInContext, sleep } from '@heddle/platform';
import { type ClaimedTask, claimTasks, queuesWithWork } from './claim-tasks.ts';
import type { TaskType } from './define-task.ts';
import { retryAfterMs, RunningTask, TaskLost } from './running-task.ts';
import type { TaskContext } from './task-context.ts';
import { TaskHandlers } from './task-handlers.ts';
import { type Attempt, TaskStore } from './task-store.ts';
import { Tasks } from './tasks.ts';
import { WorkMetrics } from './work-metrics.ts';
import { WORK_QUEUES, type WorkQueueName } from './work-queues.ts';

/** What this process adds wakes it at once; what others add, and what comes due, is found by looking. */
const LOOK_EVERY_MS = 1_000;
const MEASURE_EVERY_MS = 5_000;
const PRUNE_EVERY_MS = 60 * 60_000;
/** So long a process that ends waits for what it has in hand. */
const DRAIN_MS = 10_000;

interface Running {
  task: RunningTask;
  queue: WorkQueueName;
  done: Promise<void>;
}

/** Works on the tasks of its service, as far as each queue has room: takes them, keeps their limits, records their ends. */
@Injectable()
export class TaskWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #running = new Map<string, Running>();
  readonly #slots = new Map<string, number>();
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(
    @Inject(Database) private readonly database: Database, @Inject(Leases) private readonly leases: Leases, @Inject(Tasks) private readonly tasks: Tasks, @Inject(TaskStore) private readonly store: TaskStore,
    @Inject(TaskHandlers) private readonly handlers: TaskHandlers, @Inject(WorkMetrics) private readonly metrics: WorkMetrics, @Inject(Background) private readonly background: Background, @Inject(Logger) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.handlers.discover();
    if (this.handlers.types.length === 0) return;
    this.tasks.onWork(() => this.#wake.abort());
    this.#loop = this.run(this.#stop.signal);
    this.background.every('measuring of the work queues', MEASURE_EVERY_MS, () => this.metrics.measure(this.store));
    this.background.every('pruning of tasks', PRUNE_EVERY_MS, () => this.store.prune());
  }

  /** Takes no more, and tells what it has in hand to end; what does not goes to another process. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    for (const { task } of this.#running.values()) task.stop();
    await Promise.race([Promise.all([...this.#running.values()].map(({ done }) => done)), sleep(DRAIN_MS)]);
    for (const { task } of this.#running.values()) task.lose('the process ended');
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      try {
        await this.look();
      } catch (error) {
        this.logger.warn('looking for tasks failed', { error: describeError(error) });
        await sleep(LOOK_EVERY_MS, signal);
      }
      await sleep(LOOK_EVERY_MS, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  private async look(): Promise<void> {
    if (!this.leases.confirmed) return this.loseAll('the process can not confirm that it is alive');
    await this.checkHeld();
    await this.addPeriodic();
    const claimant = { owner: this.leases.owner, types: this.handlers.types, running: [...this.#running.keys()] };
    for (const queue of await queuesWithWork(this.database, claimant)) {
      const room = WORK_QUEUES[queue].concurrency - [...this.#running.values()].filter((running) => running.queue === queue).length;
      if (room <= 0 || this.#stop.signal.aborted) continue;
      for (const claimed of await claimTasks(this.database, queue, room, { ...claimant, running: [...this.#running.keys()] })) this.begin(queue, claimed);
    }
  }

  private loseAll(why: string): void {
    for (const { task } of this.#running.values()) task.lose(why);
  }

  /** What was cancelled, or taken over while this process stood still. */
  private async checkHeld(): Promise<void> {
    const mine = [...this.#running.values()].map(({ task }) => task);
    if (mine.length === 0) return;
    const held = await this.store.stillHeld(this.leases.owner, mine.map(({ id }) => id));
    for (const task of mine) if (held.get(task.id) !== task.attempt) task.lose('it was cancelled or taken over');
  }

  /** One task in each period, whoever of the replicas comes first. */
  private async addPeriodic(): Promise<void> {
    const periodic = this.handlers.types.filter((type) => type.everyMs !== undefined);
    if (periodic.length === 0) return;
    const [row] = await this.database.query<{ now: Date }>('SELECT now() AS now');
    for (const type of periodic) {
      const slot = Math.floor(row!.now.getTime() / type.everyMs!);
      if (this.#slots.get(type.type) === slot) continue;
      await this.database.transaction((tx) => this.tasks.add(tx, type, {}, { key: `${type.everyMs}/${slot}` }));
      this.#slots.set(type.type, slot);
    }
  }

  private begin(queue: WorkQueueName, claimed: ClaimedTask): void {
    const type = this.handlers.types.find((each) => each.type === claimed.type)!;
    const { id, attempt } = claimed;
    const task = new RunningTask(id, attempt, type, () => this.logger.warn('a task is over its soft limit', { task: id, type: type.type, queue, attempt, softLimitMs: type.softLimitMs }));
    this.metrics.began(queue, type.type, claimed.waitedMs);
    const done = inTrace(claimed.context.traceparent, () => runInContext(claimed.context, () => this.carryOut(task, type, claimed)))
      .catch((error: unknown) => this.logger.error('the end of a task could not be recorded; it is taken up again', { task: id, type: type.type, error: describeError(error) }))
      .finally(() => {
        this.#running.delete(id);
        this.#wake.abort();
      });
    this.#running.set(id, { task, queue, done });
  }

  private async carryOut(task: RunningTask, type: TaskType, { payload, failures }: ClaimedTask): Promise<void> {
    const attempt: Attempt = { id: task.id, attempt: task.attempt, owner: this.leases.owner };
    const fields = { task: task.id, type: type.type, queue: type.queue, attempt: task.attempt };
    const startedAt = performance.now();
    const ending = await task.run(() => inSpan(`task ${type.type}`, { 'heddle.task.id': task.id, 'heddle.task.attempt': task.attempt }, async () =>
      this.handlers.of(type.type)(type.payload.parse(payload), this.contextOf(task, attempt))));
    const retryMs = retryAfterMs(ending, failures, type.retryDelaysMs);
    const recorded = await this.store.end(attempt, ending, retryMs);
    this.metrics.ended(type.queue, type.type, recorded ? ending.outcome : 'lost', performance.now() - startedAt);
    if (!recorded) this.logger.warn('a task was cancelled or taken over; what this process did of it no longer counts', fields);
    else if (ending.outcome === 'failed' || ending.outcome === 'hard-limit') {
      const { reason, message } = ending;
      if (retryMs === null) this.logger.error('a task is given up', { ...fields, reason, message });
      else this.logger.warn('a task is tried again later', { ...fields, reason, message, inMs: retryMs });
    }
  }

  private contextOf(task: RunningTask, attempt: Attempt): TaskContext {
    const assertOwned = (): void => {
      task.assertOwned();
      if (!this.leases.confirmed) throw new TaskLost(task.id, task.attempt, 'the process can not confirm that it is alive');
    };
    return {
      id: task.id, attempt: task.attempt, signal: task.signal, assertOwned,
      transaction: (fn) => this.database.transaction(async (tx) => {
        task.assertOwned();
        if (!await this.store.holdIn(tx, attempt)) throw new TaskLost(task.id, task.attempt, 'it was cancelled or taken over');
        return fn(tx);
      }),
    };
  }
}
