import { setTimeout as wait } from 'node:timers/promises';

/** Repeats until `attempt` no longer throws; throws its last error when the time is over. */
export async function eventually<T>(attempt: () => Promise<T>, within = 15_000): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(100);
    }
  }
}
