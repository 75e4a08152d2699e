import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { markVariable } from './marked-processes.ts';

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  readonly pid: number;
  readonly name: string;
  /** The file that takes standard output and standard error. */
  readonly logFile: string;
  /** Resolves when the process has ended, never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Undefined while it runs. */
  exit(): ProcessExit | undefined;
  /** What this process has written so far; not what an earlier one left in the file. */
  log(): string;
  /** Sends `signal` to the process alone, or to its whole group. */
  signal(signal: NodeJS.Signals, to?: 'process' | 'group'): void;
  /** Asks with `signal`, and after `graceMs` ends the whole group with SIGKILL. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<ProcessExit>;
}

export interface ProcessOptions {
  name: string;
  command: string;
  args?: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  logFile: string;
  uid?: number;
  gid?: number;
}

const running = new Set<StartedProcess>();

/** The processes of `startProcess` that have not ended yet. */
export function runningProcesses(): readonly StartedProcess[] {
  return [...running];
}

/**
 * Starts a program in a process group of its own: Ctrl-C in a terminal reaches only us, and we end
 * what we started, in our order. When this process exits, whatever still runs is killed.
 * @throws when the program can't be executed
 */
export async function startProcess(options: ProcessOptions): Promise<StartedProcess> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a', 0o600);
  const before = fstatSync(log).size;
  const child = spawn(options.command, options.args ?? [], {
    stdio: ['ignore', log, log],
    detached: true,
    cwd: options.cwd,
    env: { ...mark(), ...(options.env ?? process.env) },
    uid: options.uid,
    gid: options.gid,
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new Error(`${options.name}: ${options.command} can't be started`, { cause })));
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.name}: started without a process id`);

  let exit: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      running.delete(started);
      resolve(exit);
    });
  });
  const started: StartedProcess = {
    pid,
    name: options.name,
    logFile: options.logFile,
    exited,
    exit: () => exit,
    log: () => readFileSync(options.logFile).subarray(before).toString('utf8'),
    signal: (signal, to = 'process') => {
      if (exit === undefined) sendSignal(to === 'group' ? -pid : pid, signal);
    },
    stop: async (signal = 'SIGTERM', graceMs = 10_000) => {
      started.signal(signal);
      const ended = await Promise.race([exited, delay(graceMs, undefined, { ref: false })]);
      sendSignal(-pid, 'SIGKILL');
      return ended ?? exited;
    },
  };
  running.add(started);
  endWithUs();
  return started;
}

/** Who cleans up after us finds our processes by it, however small an environment they were given. */
function mark(): NodeJS.ProcessEnv {
  const value = process.env[markVariable];
  return value === undefined ? {} : { [markVariable]: value };
}

let guarded = false;

function endWithUs(): void {
  if (guarded) return;
  guarded = true;
  process.on('exit', () => {
    for (const { pid } of running) sendSignal(-pid, 'SIGKILL');
  });
}

function sendSignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    // The process or its group is gone already, which is what every caller wants.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
