import { setTimeout as delay } from 'node:timers/promises';
import type { StartedProcess } from './start-process.ts';

export interface WaitOptions {
  timeoutMs: number;
  intervalMs?: number;
}

/**
 * Waits until `ready` holds, for at most `timeoutMs`; gives up at once when the process has ended.
 * @throws with the end of the process's log
 */
export async function waitUntilReady(
  started: StartedProcess,
  ready: () => boolean | Promise<boolean>,
  { timeoutMs, intervalMs = 50 }: WaitOptions,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await ready()) return;
    const exit = started.exit();
    if (exit !== undefined) {
      throw new Error(`${started.name} ended before it was ready (${exit.signal ?? exit.code}):\n${lastLines(started.log())}`);
    }
    if (performance.now() > deadline) {
      throw new Error(`${started.name} was not ready within ${timeoutMs / 1000} s:\n${lastLines(started.log())}`);
    }
    await delay(intervalMs);
  }
}

function lastLines(log: string): string {
  return log.split('\n').slice(-30).join('\n');
}
