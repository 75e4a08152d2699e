import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '@heddle/platform';
import type { TaskStore } from './task-store.ts';
import { WORK_QUEUE_NAMES } from './work-queues.ts';

/** The metrics of the work queues of one service. */
@Injectable()
export class WorkMetrics {
  readonly #depth;
  readonly #oldest;
  readonly #waited;
  readonly #took;
  readonly #ended;

  constructor(@Inject(Metrics) metrics: Metrics) {
    this.#depth = metrics.gauge('heddle_work_tasks', 'Tasks that could begin, that run, and that were given up', ['queue', 'state']);
    this.#oldest = metrics.gauge('heddle_work_oldest_seconds', 'How long the first task that could begin has waited', ['queue']);
    this.#waited = metrics.histogram('heddle_work_wait_seconds', 'From when a task could have begun until it did', ['queue', 'type']);
    this.#took = metrics.histogram('heddle_work_seconds', 'From the start of an attempt to its end', ['queue', 'type', 'outcome'], [0.01, 0.1, 0.5, 1, 5, 20, 60, 300, 1_200]);
    this.#ended = metrics.counter('heddle_work_attempts_total', 'Attempts at tasks, by how they ended', ['queue', 'type', 'outcome']);
  }

  began(queue: string, type: string, waitedMs: number): void {
    this.#waited.observe({ queue, type }, waitedMs / 1_000);
  }

  ended(queue: string, type: string, outcome: string, milliseconds: number): void {
    this.#took.observe({ queue, type, outcome }, milliseconds / 1_000);
    this.#ended.inc({ queue, type, outcome });
  }

  async measure(store: TaskStore): Promise<void> {
    const depths = await store.depths();
    for (const queue of WORK_QUEUE_NAMES) {
      for (const state of ['waiting', 'running', 'failed'] as const) this.#depth.set({ queue, state }, depths.find((row) => row.queue === queue && row.state === state)?.count ?? 0);
      this.#oldest.set({ queue }, depths.find((row) => row.queue === queue && row.state === 'waiting')?.oldest ?? 0);
    }
  }
}
