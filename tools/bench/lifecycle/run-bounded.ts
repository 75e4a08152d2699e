import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { UndoStack } from '../../local/src/start/undo-stack.ts';

const tenMinutes = 10;
const lastWordsMs = 15_000;

/**
 * Runs a bench for a bounded time and undoes all that it started, also when it fails or is interrupted.
 * @param keep leaves all of it running at the end, until Ctrl-C
 * @param minutes at most; default 10
 * @returns the exit status: not 0 when it failed, took too long, was interrupted or left something running
 */
export async function runBounded(measure: (undo: UndoStack) => Promise<void>, keep = false, minutes = tenMinutes): Promise<number> {
  const undo = new UndoStack();
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')]);
  const measuring = measure(undo);
  let status = 0;
  try {
    await Promise.race([
      measuring,
      interrupted.then(() => Promise.reject(new Error('Interrupted'))),
      delay(minutes * 60_000, undefined, { ref: false }).then(() => Promise.reject(new Error(`It took longer than ${minutes} minutes`))),
    ]);
    if (keep) {
      console.log('\nEverything still runs; Ctrl-C stops it.');
      await interrupted;
    }
  } catch (error) {
    console.error(error);
    status = 1;
  }
  const clean = await undo.run();
  // What was under way when it was interrupted removes its files.
  await Promise.race([measuring.catch(() => undefined), delay(lastWordsMs)]);
  return clean ? status : 1;
}

/** Undoes a start; an interruption meanwhile waits for it, too, and stops what it made. */
export async function stoppedBy<Started extends { stop(): Promise<unknown> }>(undo: UndoStack, starting: Promise<Started>): Promise<Started> {
  undo.push(async () => { await (await starting.catch(() => undefined))?.stop(); });
  return starting;
}
