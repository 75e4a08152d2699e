import { spawn, type ChildProcess } from 'node:child_process';
import type { Writable } from 'node:stream';
import { classifyGitError } from './classify-git-error.ts';
import { GitFailure } from './git-failure.ts';

export interface GitRun {
  /** Words for people, after 'Could not'. */
  doing: string;
  args: readonly string[];
  environment: Record<string, string>;
  input?: string;
  /** Written on descriptor 3 and closed: `username=…\npassword=…\n`. */
  credential?: string | undefined;
  timeoutMs: number;
  maxOutputBytes: number;
  signal?: AbortSignal | undefined;
  secrets?: readonly string[];
  /** Asked when git failed: what the tunnel saw. */
  tunnelFailure?: () => GitFailure | null;
}

const STDERR_LIMIT = 64 * 1024;

/** Runs git to its end and gives its output; a GitFailure says why it could not. */
export async function runGit(run: GitRun): Promise<Buffer> {
  if (run.signal?.aborted) throw new GitFailure('Cancelled', `Could not ${run.doing}: it was cancelled`);
  const child = spawn('git', [...run.args], {
    // A group of its own: git's helpers (git-remote-https, ssh) end with it.
    detached: true,
    env: run.environment,
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe', run.credential === undefined ? 'ignore' : 'pipe'],
  });
  const stopped = stopOn(child, run);
  const output = collect(child.stdout!, run.maxOutputBytes, () => stopped.because(new GitFailure('LimitExceeded', `Could not ${run.doing}: git said more than ${run.maxOutputBytes} bytes`)));
  const errors = collect(child.stderr!, STDERR_LIMIT, () => undefined);
  feed(child.stdin!, run.input ?? '');
  if (run.credential !== undefined) feed(child.stdio[3] as Writable, run.credential);
  const exitCode = await ended(child, run.doing).finally(stopped.clear);
  if (stopped.failure) throw stopped.failure;
  if (exitCode === 0) return Buffer.concat(output);
  throw classifyGitError({
    doing: run.doing, exitCode, stderr: Buffer.concat(errors).toString('utf8'),
    secrets: run.secrets ?? [], tunnelFailure: run.tunnelFailure?.() ?? null,
  });
}

/** Ends a process with all that it started. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

function stopOn(child: ChildProcess, run: GitRun) {
  const state = {
    failure: null as GitFailure | null,
    because(failure: GitFailure) {
      state.failure ??= failure;
      killGroup(child);
    },
    clear() {
      clearTimeout(timer);
      run.signal?.removeEventListener('abort', cancel);
    },
  };
  const timer = setTimeout(() => state.because(new GitFailure('TimedOut', `Could not ${run.doing} within ${Math.round(run.timeoutMs / 1000)} s`)), run.timeoutMs);
  const cancel = () => state.because(new GitFailure('Cancelled', `Could not ${run.doing}: it was cancelled`));
  run.signal?.addEventListener('abort', cancel);
  return state;
}

function collect(stream: NodeJS.ReadableStream, limit: number, tooMuch: () => void): Buffer[] {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) return tooMuch();
    chunks.push(chunk);
    return undefined;
  });
  return chunks;
}

function feed(stream: Writable, text: string): void {
  // git may end before it has read everything; its exit tells why.
  stream.on('error', () => undefined);
  stream.end(text);
}

function ended(child: ChildProcess, doing: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(new GitFailure('GitFailed', `Could not ${doing}: git cannot be started; install git 2.36 or later`, { cause })));
    child.once('close', (code) => resolve(code));
  });
}
