import { setTimeout as delay } from 'node:timers/promises';
import { endLeftovers, isSupervised, readRecord, removeRecord } from './running-record.ts';

const orderlyWithinMs = 45_000;

/** `npm run stop`: asks the running `npm start` to stop everything, and ends what a crashed one left. */
export async function stop(): Promise<number> {
  const record = readRecord();
  if (record === undefined) {
    console.log('Heddle does not run.');
    return 0;
  }
  if (isSupervised(record)) {
    process.kill(record.supervisor.pid, 'SIGTERM');
    const deadline = performance.now() + orderlyWithinMs;
    while (isSupervised(record) && performance.now() < deadline) await delay(100);
    if (isSupervised(record)) {
      console.error(`It did not stop within ${orderlyWithinMs / 1000} s and is ended now.`);
      process.kill(record.supervisor.pid, 'SIGKILL');
    }
  }
  const ended = endLeftovers(record);
  removeRecord();
  console.log(ended.length === 0 ? 'Heddle is stopped.' : `Heddle is stopped; left over and ended: ${ended.join(', ')}.`);
  return 0;
}
