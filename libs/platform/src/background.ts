import { describeError } from './errors/describe-error.ts';
import type { Logger } from './telemetry/logger.ts';

interface Task {
  name: string;
  abort: AbortController;
  done: Promise<void>;
}

/** Work that every replica does for itself as long as the process lives; stopped in reverse order. */
export class Background {
  readonly #tasks = new Set<Task>();

  constructor(private readonly logger: Logger) {}

  /** Runs `fn` once; it loops by itself until `signal` aborts. */
  start(name: string, fn: (signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController();
    const done = fn(abort.signal).catch((error: unknown) => {
      if (!abort.signal.aborted) this.logger.error('background work ended with an error', { work: name, error });
    });
    const task: Task = { name, abort, done: done.finally(() => { this.#tasks.delete(task); }) };
    this.#tasks.add(task);
  }

  /** Runs `fn` every `everyMs`, one run at a time; a failed run is logged and the next one comes all the same. */
  every(name: string, everyMs: number, fn: () => Promise<void>): void {
    this.start(name, async (signal) => {
      while (!signal.aborted) {
        await fn().catch((error: unknown) => this.logger.warn('background work failed', { work: name, error: describeError(error) }));
        await sleep(everyMs, signal);
      }
    });
  }

  async stop(): Promise<void> {
    for (const task of [...this.#tasks].reverse()) {
      task.abort.abort();
      await task.done;
    }
  }
}

/** Waits; returns early, without throwing, when `signal` aborts. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
  });
}
