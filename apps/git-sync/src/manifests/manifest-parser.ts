import { Worker } from 'node:worker_threads';
import { type FileReading, type FileText, readFile, type ReadLimits, sourceFinding } from '@heddle/manifests';

/** Below this a worker costs more than it saves (parsing takes about 0.3 ms per KB). */
const INLINE_BYTES = 16 * 1024;
const BATCH_BYTES = 256 * 1024;
const IDLE_MS = 30_000;
/** For the worker to load its code, which is no fault of any file. */
const START_MS = 60_000;

class ParseFailed extends Error {}

/** Parses files, large amounts in a worker thread with bounds on time and memory; one batch at a time. */
export class ManifestParser {
  private worker: Worker | null = null;
  private loaded = false;
  private idle: NodeJS.Timeout | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private nextId = 0;

  constructor(private readonly limits: ReadLimits) {}

  async parse(files: readonly FileText[], signal?: AbortSignal): Promise<FileReading[]> {
    const total = files.reduce((sum, file) => sum + file.bytes.length, 0);
    if (total <= INLINE_BYTES) return files.map((file) => readFile(file, this.limits));
    const readings: FileReading[] = [];
    for (const batch of batchesOf(files)) {
      signal?.throwIfAborted();
      readings.push(...await this.inTurn(() => this.parseBatch(batch)));
    }
    return readings;
  }

  async close(): Promise<void> {
    await this.queue.catch(() => undefined);
    clearTimeout(this.idle);
    await this.worker?.terminate();
    this.worker = null;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.queue.then(work, work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** A batch that takes too long is tried file by file, so that only the guilty file is held. */
  private async parseBatch(files: readonly FileText[]): Promise<FileReading[]> {
    try {
      return await this.ask(files);
    } catch (error) {
      if (!(error instanceof ParseFailed)) throw error;
      if (files.length === 1) return [unparsed(files[0]!.path, error.message)];
      const readings: FileReading[] = [];
      for (const file of files) readings.push(...await this.parseBatch([file]));
      return readings;
    }
  }

  private ask(files: readonly FileText[]): Promise<FileReading[]> {
    const worker = this.start();
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        worker.removeAllListeners('message').removeAllListeners('error').removeAllListeners('exit');
        worker.on('error', () => undefined);
        this.rest();
        settle();
      };
      const broken = (message: string) => finish(() => {
        this.worker = null;
        void worker.terminate();
        reject(new ParseFailed(message));
      });
      const within = (ms: number) => setTimeout(() => broken(`it takes longer than ${ms} ms to read`), ms);
      let timer = within(this.loaded ? this.limits.parseMs : START_MS);
      worker.on('message', (answer: { id: number; readings: FileReading[] } | 'loaded') => {
        if (answer === 'loaded') {
          this.loaded = true;
          clearTimeout(timer);
          timer = within(this.limits.parseMs);
        } else if (answer.id === id) finish(() => resolve(answer.readings));
      });
      worker.on('error', (error) => broken(`it cannot be read: ${error.message.slice(0, 200)}`));
      worker.on('exit', () => broken('its reading was ended'));
      worker.postMessage({ id, files, limits: this.limits });
    });
  }

  private start(): Worker {
    clearTimeout(this.idle);
    if (!this.worker) {
      this.loaded = false;
      const file = import.meta.url.endsWith('.ts') ? './parse-worker.ts' : './parse-worker.js';
      this.worker = new Worker(new URL(file, import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: 512 }, env: {} });
      this.worker.unref();
    }
    return this.worker;
  }

  private rest(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      void this.worker?.terminate();
      this.worker = null;
    }, IDLE_MS).unref();
  }
}

function* batchesOf(files: readonly FileText[]): Generator<FileText[]> {
  let batch: FileText[] = [];
  let bytes = 0;
  for (const file of files) {
    batch.push(file);
    bytes += file.bytes.length;
    if (bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function unparsed(path: string, why: string): FileReading {
  return { path, documents: [], findings: [sourceFinding('parse-timeout', `The file is not read: ${why}.`, { path })] };
}
