import { describeError, HeddleError } from '@heddle/platform';
import type { TaskType } from './define-task.ts';
import type { Ending } from './task-store.ts';

/** Reason of the abort of a task's signal: it has run longer than it should, and is given up at the hard limit. */
export class SoftLimit extends Error {
  override readonly name = 'SoftLimit';

  constructor(type: string, milliseconds: number) {
    super(`The task ${type} has run for ${milliseconds} ms, its soft limit`);
  }
}

/** The attempt is this process's no more: it was cancelled, taken over, or can't be confirmed. Nothing of it can be written. */
export class TaskLost extends Error {
  override readonly name = 'TaskLost';

  constructor(id: string, attempt: number, why: string) {
    super(`Attempt ${attempt} at the task ${id} is not this process's any more: ${why}`);
  }
}

/** The process is about to end; the task goes to another one. */
export class TaskStopped extends Error {
  override readonly name = 'TaskStopped';
}

/** One attempt at a task, within its limits: what its work answers, throws or outlives becomes an {@link Ending}. */
export class RunningTask {
  readonly #abort = new AbortController();
  #isLost = false;
  #isStopping = false;
  readonly #ended = Promise.withResolvers<Ending>();

  constructor(readonly id: string, readonly attempt: number, private readonly type: TaskType, private readonly onSoftLimit: () => void) {}

  /** Aborted at the soft limit and whenever the attempt is over before its work is; `reason` says why. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** @throws TaskLost when the attempt is over, whatever its work still does */
  assertOwned(): void {
    if (this.#isLost) throw new TaskLost(this.id, this.attempt, 'it is over');
  }

  /** Ends when the work does, or at the hard limit, or when the attempt is lost. Never throws. */
  async run(work: () => Promise<void>): Promise<Ending> {
    const { softLimitMs, hardLimitMs, type } = this.type;
    const soft = setTimeout(() => {
      this.onSoftLimit();
      this.#abort.abort(new SoftLimit(type, softLimitMs));
    }, softLimitMs);
    const hard = setTimeout(() => {
      this.#give({ outcome: 'hard-limit', reason: 'HardLimit', message: `It was given up after ${hardLimitMs} ms, its hard limit.` });
    }, hardLimitMs);
    work().then(() => this.#give({ outcome: 'done', reason: '', message: '' }), (error: unknown) => this.#give(this.#failure(error)));
    try {
      return await this.#ended.promise;
    } finally {
      clearTimeout(soft);
      clearTimeout(hard);
      // What goes on all the same is told to stop; it can write nothing more.
      this.#isLost = true;
      this.#abort.abort(new TaskLost(this.id, this.attempt, 'it has ended'));
    }
  }

  /** Cancelled or taken over: the work is told and not waited for. */
  lose(why: string): void {
    const lost = new TaskLost(this.id, this.attempt, why);
    this.#isLost = true;
    this.#abort.abort(lost);
    this.#give({ outcome: 'lost', reason: 'OwnerLost', message: lost.message });
  }

  /** The process ends: the work is told, and may end in good order until its limits. */
  stop(): void {
    this.#isStopping = true;
    this.#abort.abort(new TaskStopped('The process is about to end'));
  }

  #give(ending: Ending): void {
    this.#ended.resolve(ending);
  }

  #failure(error: unknown): Ending {
    if (error instanceof TaskLost) return { outcome: 'lost', reason: 'OwnerLost', message: describeError(error) };
    if (this.#isStopping) return { outcome: 'stopped', reason: 'Stopped', message: 'The process that worked on it ended.' };
    if (error instanceof HeddleError) return { outcome: 'failed', reason: error.code, message: describeError(error), ...(!error.retryable && { isFinal: true }) };
    return { outcome: 'failed', reason: this.signal.reason instanceof SoftLimit ? 'SoftLimit' : 'unexpected', message: describeError(error) };
  }
}

/**
 * When the next attempt is made after one that ended so: after the delays are used up, or when no retry helps, there is none.
 * What was lost or stopped by no fault of its own is made again at once.
 * @param failures how often it had failed before this attempt
 * @returns milliseconds; null: it is given up
 */
export function retryAfterMs({ outcome, isFinal }: Ending, failures: number, delaysMs: readonly number[]): number | null {
  if (outcome === 'lost' || outcome === 'stopped') return 0;
  return isFinal ? null : delaysMs[failures] ?? null;
}
