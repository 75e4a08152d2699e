import { existsSync, readFileSync, rmSync } from 'node:fs';
import { identify, isRunning, type ProcessIdentity } from '../process/process-identity.ts';
import { inState, writePrivate } from './local-state.ts';

export interface RecordedProcess extends ProcessIdentity {
  name: string;
  /** Where it answers, for people. */
  address: string;
}

/** What runs now, for `stop`, `status` and the next `start`. */
export interface RunningRecord {
  supervisor: ProcessIdentity;
  /** `starting` until everything is up. */
  state: 'starting' | 'ready';
  processes: RecordedProcess[];
  /** Address of the gateway; empty while starting. */
  url: string;
}

const file = inState('running.json');

export function readRecord(): RunningRecord | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunningRecord) : undefined;
}

export function isSupervised(record: RunningRecord): boolean {
  return isRunning(record.supervisor);
}

export function removeRecord(): void {
  rmSync(file, { force: true });
}

/** Written anew with each process that is started, so that a crash of ours leaves no unknown ones. */
export class RecordWriter {
  private readonly record: RunningRecord;

  constructor() {
    const supervisor = identify(process.pid);
    if (supervisor === undefined) throw new Error('This process is not in the list of processes');
    this.record = { supervisor, state: 'starting', processes: [], url: '' };
    this.save();
  }

  add(name: string, pid: number, address: string): void {
    const identity = identify(pid);
    this.record.processes = this.record.processes.filter((each) => each.name !== name);
    if (identity !== undefined) this.record.processes.push({ ...identity, name, address });
    this.save();
  }

  ready(url: string): void {
    this.record.state = 'ready';
    this.record.url = url;
    this.save();
  }

  private save(): void {
    writePrivate(file, JSON.stringify(this.record, null, 2));
  }
}

/** Ends what a supervisor that is gone has left behind; only what is provably still the same process. */
export function endLeftovers(record: RunningRecord): string[] {
  const left = record.processes.filter(isRunning);
  for (const { pid } of left) killGroup(pid);
  return left.map(({ name }) => name);
}

/** Each is the leader of a group of its own. */
function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
