import { setTimeout as delay } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Milliseconds, default 20,000. */
  timeout?: number;
  /** Milliseconds between two tries, default 50. */
  interval?: number;
}

/**
 * Calls `attempt` until it neither throws nor returns `false`, and returns what it returned.
 * @throws the last error, saying how long it was tried
 */
export async function eventually<T>(attempt: () => T | Promise<T>, { timeout = 20_000, interval = 50 }: EventuallyOptions = {}): Promise<Exclude<T, false>> {
  const deadline = performance.now() + timeout;
  for (let tries = 1; ; tries++) {
    let failure: unknown;
    try {
      const result = await attempt();
      if (result !== false) return result as Exclude<T, false>;
      failure = new Error('it returned false');
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadline) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      throw new Error(`Not within ${timeout} ms (${tries} tries): ${reason}`, { cause: failure });
    }
    await delay(interval);
  }
}
