import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../kube-object.ts';

const FLUSH_MILLISECONDS = 20;
const SMALLEST_REWRITE = 16 * 1024 * 1024;

export interface JournalObject {
  collection: string;
  key: string;
  object: KubeObject;
}

interface Line {
  c: string;
  k: string;
  v: number;
  o: KubeObject | null;
}

/**
 * The stored objects as an append-only file of JSON lines, rewritten at each start. Lines are flushed within 20 ms;
 * a last line cut short by a crash is dropped when read.
 */
export class Journal {
  version = 0;
  private readonly state = new Map<string, Line>();
  private pending: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly path: string;
  private file: number;
  private written = 0;
  private limit = 0;
  private current: () => Iterable<JournalObject> = () => [];

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, 'objects.jsonl');
    if (existsSync(this.path)) this.load(readFileSync(this.path, 'utf8'));
    this.file = this.rewrite(this.state.values());
  }

  /** Tells where the objects of the moment are found, for when the file has grown and is written anew. */
  follow(current: () => Iterable<JournalObject>): void {
    this.current = current;
  }

  /** What was read at the start. */
  *objects(): Generator<JournalObject> {
    for (const { c, k, o } of this.state.values()) if (o !== null) yield { collection: c, key: k, object: o };
    this.state.clear();
  }

  append(collection: string, key: string, object: KubeObject | null, version: number): void {
    const line: Line = { c: collection, k: key, v: version, o: object };
    this.version = version;
    this.pending.push(JSON.stringify(line));
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MILLISECONDS);
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending.length === 0) return;
    this.written += writeSync(this.file, `${this.pending.join('\n')}\n`);
    this.pending = [];
    if (this.written < this.limit) return;
    closeSync(this.file);
    const version = this.version;
    this.file = this.rewrite([...this.current()].map(({ collection, key, object }) => ({ c: collection, k: key, v: version, o: object })));
  }

  /** Replaces the file in one step; it may then grow to four times its new size before the next time. */
  private rewrite(lines: Iterable<Line>): number {
    const fresh = `${this.path}.new`;
    const file = openSync(fresh, 'w', 0o600);
    this.written = 0;
    for (const line of lines) this.written += writeSync(file, `${JSON.stringify(line)}\n`);
    fsyncSync(file);
    renameSync(fresh, this.path);
    this.limit = Math.max(SMALLEST_REWRITE, this.written * 4);
    return file;
  }

  private load(text: string): void {
    for (const row of text.split('\n')) {
      const line = parseLine(row);
      if (line === undefined) continue;
      this.version = Math.max(this.version, line.v);
      const key = `${line.c}\n${line.k}`;
      if (line.o === null) this.state.delete(key);
      else this.state.set(key, line);
    }
  }
}

function parseLine(row: string): Line | undefined {
  if (row === '') return undefined;
  try {
    return JSON.parse(row) as Line;
  } catch {
    return undefined;
  }
}
