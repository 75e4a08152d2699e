import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { GitFailure } from './git-failure.ts';
import { killGroup } from './run-git.ts';

export interface ObjectInfo {
  oid: string;
  type: string;
  size: number;
}

export interface GitObject extends ObjectInfo {
  content: Buffer;
}

type Waiting =
  | { command: 'info'; resolve: (value: ObjectInfo | null) => void; reject: (error: Error) => void }
  | { command: 'contents'; resolve: (value: GitObject | null) => void; reject: (error: Error) => void };

const NEWLINE = 10;
const HEADER = /^([0-9a-f]{40,64}) (commit|tree|blob|tag) (\d+)$/;

/**
 * Reads objects by id from a repository over one `cat-file --batch-command`; answers come in the order of the
 * questions. Null is an object that is not there. Ask for `info` first: `contents` reads whatever its size.
 */
export class ObjectReader {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly waiting: Waiting[] = [];
  private chunks: Buffer[] = [];
  private bytes = 0;
  /** Bytes that the answer under way needs: chunks are joined once, not at each arrival. */
  private needed = 0;
  private failure: GitFailure | null = null;

  constructor(environment: Record<string, string>, timeoutMs: number, signal?: AbortSignal) {
    this.child = spawn('git', ['cat-file', '--batch-command'], { detached: true, env: environment, cwd: '/', stdio: 'pipe' });
    const stop = (failure: GitFailure) => this.fail(failure);
    const timer = setTimeout(() => stop(new GitFailure('TimedOut', 'Could not read objects in time')), timeoutMs);
    const cancel = () => stop(new GitFailure('Cancelled', 'Could not read objects: it was cancelled'));
    signal?.addEventListener('abort', cancel);
    this.child.stdin.on('error', () => undefined);
    this.child.stderr.resume();
    this.child.stdout.on('data', (chunk: Buffer) => this.take(chunk));
    this.child.on('error', (cause) => stop(new GitFailure('GitFailed', 'git cannot be started', { cause })));
    this.child.on('close', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      stop(new GitFailure('MirrorCorrupt', 'Could not read objects: git ended early'));
    });
  }

  info(name: string): Promise<ObjectInfo | null> {
    return new Promise((resolve, reject) => this.ask(name, { command: 'info', resolve, reject }));
  }

  contents(name: string): Promise<GitObject | null> {
    return new Promise((resolve, reject) => this.ask(name, { command: 'contents', resolve, reject }));
  }

  close(): void {
    this.child.stdin.end();
    this.fail(new GitFailure('Cancelled', 'The reader is closed'));
  }

  private ask(name: string, waiting: Waiting): void {
    if (this.failure) return waiting.reject(this.failure);
    if (name.includes('\n')) return waiting.reject(new GitFailure('GitFailed', 'A name of an object holds a line break'));
    this.waiting.push(waiting);
    this.child.stdin.write(`${waiting.command} ${name}\n`);
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    while (this.bytes >= this.needed && this.waiting.length > 0 && this.answerNext());
  }

  private answerNext(): boolean {
    const buffer = this.gather();
    const end = buffer.indexOf(NEWLINE);
    if (end === -1) return false;
    const header = HEADER.exec(buffer.subarray(0, end).toString('latin1'));
    const next = this.waiting[0]!;
    if (!header) {
      this.consume(buffer, end + 1);
      this.waiting.shift();
      next.resolve(null);
      return true;
    }
    const info = { oid: header[1]!, type: header[2]!, size: Number(header[3]) };
    const length = next.command === 'info' ? end + 1 : end + 1 + info.size + 1;
    if (buffer.length < length) {
      this.needed = length;
      return false;
    }
    this.waiting.shift();
    if (next.command === 'info') next.resolve(info);
    else next.resolve({ ...info, content: Buffer.from(buffer.subarray(end + 1, end + 1 + info.size)) });
    this.consume(buffer, length);
    return true;
  }

  private gather(): Buffer {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0]!;
  }

  private consume(buffer: Buffer, length: number): void {
    this.chunks = [buffer.subarray(length)];
    this.bytes = buffer.length - length;
    this.needed = 0;
  }

  private fail(failure: GitFailure): void {
    if (this.failure) return;
    this.failure = failure;
    killGroup(this.child);
    for (const waiting of this.waiting.splice(0)) waiting.reject(failure);
  }
}
