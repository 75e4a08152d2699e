import { isRunning } from '../process/process-identity.ts';
import { isSupervised, readRecord, type RecordedProcess } from './running-record.ts';

/** `npm run status`: what runs, where, and whether the services are ready; status 3 when Heddle doesn't run. */
export async function status(): Promise<number> {
  const record = readRecord();
  if (record === undefined || !isSupervised(record)) {
    console.log('Heddle does not run; npm start starts it.');
    return 3;
  }
  console.log(record.state === 'ready' ? `Heddle runs at ${record.url}` : 'Heddle is being started');
  const lines = await Promise.all(record.processes.map(describe));
  for (const line of lines) console.log(line);
  return 0;
}

async function describe(recorded: RecordedProcess): Promise<string> {
  const state = !isRunning(recorded) ? 'ended' : recorded.address.startsWith('http') ? await readiness(recorded.address) : 'runs';
  return `  ${recorded.name.padEnd(14)} ${String(recorded.pid).padStart(7)}  ${recorded.address.padEnd(28)} ${state}`;
}

async function readiness(address: string): Promise<string> {
  try {
    const answer = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(3_000) });
    return answer.ok ? 'ready' : `not ready: ${(await answer.text()).slice(0, 300)}`;
  } catch (error) {
    return `does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
