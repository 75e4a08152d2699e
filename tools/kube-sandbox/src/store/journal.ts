import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../kube-object.ts';

const FLUSH_MILLISECONDS = 20;

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
  private readonly file: number;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'objects.jsonl');
    if (existsSync(path)) this.load(readFileSync(path, 'utf8'));
    const fresh = `${path}.new`;
    this.file = openSync(fresh, 'w', 0o600);
    for (const line of this.state.values()) writeSync(this.file, `${JSON.stringify(line)}\n`);
    fsyncSync(this.file);
    renameSync(fresh, path);
  }

  *objects(): Generator<{ collection: string; key: string; object: KubeObject }> {
    for (const { c, k, o } of this.state.values()) if (o !== null) yield { collection: c, key: k, object: o };
    this.state.clear();
  }

  append(collection: string, key: string, object: KubeObject | null, version: number): void {
    const line: Line = { c: collection, k: key, v: version, o: object };
    this.pending.push(JSON.stringify(line));
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MILLISECONDS);
  }

  close(): void {
    this.flush();
    closeSync(this.file);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending.length === 0) return;
    writeSync(this.file, `${this.pending.join('\n')}\n`);
    this.pending = [];
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
