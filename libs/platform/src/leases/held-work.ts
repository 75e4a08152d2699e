import { describeError } from '../errors/describe-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Lease } from './lease.ts';
import type { Leases } from './leases.ts';

export interface HoldEachOptions {
  /** What is held, for logs and as a prefix of the lease's key: `<name>:<key>`. */
  name: string;
  /** The keys that exist now. */
  keys: () => Promise<readonly string[]>;
  /** Runs until `signal` aborts; may return earlier and is started again after `everyMs`. */
  work: (key: string, lease: Lease, signal: AbortSignal) => Promise<void>;
  /** How often keys are looked for, milliseconds; default 1,000. */
  everyMs?: number;
  /** Most keys held by this process at once; default no limit. */
  limit?: number;
  /**
   * Processes share the keys: each holds at most its part, rounded up, and gives back what is over it when others come.
   * Default false: whoever comes first holds all.
   */
  shared?: boolean;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

interface Running {
  abort: AbortController;
  done: Promise<void>;
}

/** Work that goes on for each of a set of keys, in one process at a time. */
export class HeldWork {
  readonly #running = new Map<string, Running>();
  readonly #failures = new Map<string, { count: number; notBefore: number }>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(private readonly leases: Leases, private readonly options: HoldEachOptions, private readonly logger: Logger) {}

  start(): void {
    this.wake();
  }

  /** Looks for keys now rather than at the next turn. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#looking = this.look()
      .catch((error: unknown) => this.logger.warn('looking for work failed', { work: this.options.name, error: describeError(error) }))
      .finally(() => {
        this.#looking = undefined;
        const soon = this.#again;
        this.#again = false;
        if (!this.#stopped) this.#timer = setTimeout(() => this.wake(), soon ? 0 : this.options.everyMs ?? 1_000);
      });
  }

  /** The keys that are held here. */
  keys(): string[] {
    return [...this.#running.keys()];
  }

  /** Aborts the work, waits for it to end and releases the leases. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
    if (this.options.shared) {
      await this.leases.leaveWork(this.options.name)
        .catch((error: unknown) => this.logger.debug('the others learn later that this process shares no more', { work: this.options.name, error: describeError(error) }));
    }
    for (const running of this.#running.values()) running.abort.abort();
    await Promise.all([...this.#running.values()].map((running) => running.done));
  }

  private async look(): Promise<void> {
    const keys = new Set(await this.options.keys());
    for (const [key, running] of this.#running) if (!keys.has(key)) running.abort.abort();
    for (const key of this.#failures.keys()) if (!keys.has(key)) this.#failures.delete(key);
    const most = Math.min(this.options.limit ?? Number.POSITIVE_INFINITY, this.options.shared ? await this.leases.shareOf(this.options.name, keys.size) : Number.POSITIVE_INFINITY);
    this.giveBack(most);
    const room = most - this.#running.size;
    const now = performance.now();
    const wanted = [...keys].filter((key) => !this.#running.has(key) && (this.#failures.get(key)?.notBefore ?? 0) <= now);
    if (wanted.length === 0 || room <= 0 || this.#stopped) return;
    const prefix = `${this.options.name}:`;
    const leases = await this.leases.tryAcquireAll(wanted.map((key) => prefix + key), room);
    for (const lease of leases) this.run(lease.key.slice(prefix.length), lease);
  }

  private giveBack(most: number): void {
    const held = [...this.#running].filter(([, { abort }]) => !abort.signal.aborted).sort(([left], [right]) => (left < right ? -1 : 1));
    if (held.length <= most) return;
    this.logger.info('work is given to other processes', { work: this.options.name, held: held.length, share: most });
    for (const [, { abort }] of held.slice(most)) abort.abort();
  }

  private run(key: string, lease: Lease): void {
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, lease.signal]);
    const done = this.options.work(key, lease, signal)
      .then(() => { this.#failures.delete(key); })
      .catch((error: unknown) => {
        if (signal.aborted) return;
        const count = (this.#failures.get(key)?.count ?? 0) + 1;
        this.#failures.set(key, { count, notBefore: performance.now() + Math.min(FIRST_BACKOFF_MS * 2 ** (count - 1), LONGEST_BACKOFF_MS) });
        this.logger.error('held work failed', { work: this.options.name, key, failures: count, error });
      })
      .then(() => lease.release())
      .catch((error: unknown) => this.logger.warn('releasing a lease failed', { key: lease.key, error: describeError(error) }))
      .finally(() => { this.#running.delete(key); });
    this.#running.set(key, { abort, done });
  }
}
