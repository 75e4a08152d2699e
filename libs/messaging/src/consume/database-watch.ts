import { Inject, Injectable } from '@nestjs/common';
import { Database, describeError, isDatabaseDown, Logger, sleep } from '@heddle/platform';

const LOOK_EVERY_MS = 500;

/** What is paused while PostgreSQL is out of reach. */
export interface Pausable {
  pause(): Promise<void>;
  resume(): void;
}

/** Stops all consuming while PostgreSQL is down, so that no message is tried in vain and no attempt counted, and goes on when it is back. */
@Injectable()
export class DatabaseWatch {
  readonly #pausables = new Set<Pausable>();
  readonly #stop = new AbortController();
  #waiting: Promise<void> | undefined;

  constructor(@Inject(Database) private readonly database: Database, @Inject(Logger) private readonly logger: Logger) {}

  register(pausable: Pausable): void {
    this.#pausables.add(pausable);
  }

  /** True while consuming is paused. */
  get down(): boolean {
    return this.#waiting !== undefined;
  }

  /** Tells of an error. @returns true when PostgreSQL itself was the cause; then consuming pauses */
  blames(error: unknown): boolean {
    if (!isDatabaseDown(error)) return false;
    this.pause(error);
    return true;
  }

  /** Stops consuming until PostgreSQL answers, for half a second at least; what was left with the broker comes again then. */
  pause(cause: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#waiting ??= this.waitUntilUp(cause).finally(() => { this.#waiting = undefined; });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#waiting;
  }

  private async waitUntilUp(cause: unknown): Promise<void> {
    this.logger.warn('consuming is paused: PostgreSQL does not do its work', { error: describeError(cause) });
    await Promise.all([...this.#pausables].map((pausable) => pausable.pause()));
    while (!this.#stop.signal.aborted) {
      await sleep(LOOK_EVERY_MS, this.#stop.signal);
      if (await this.database.query('SELECT 1').then(() => true, () => false)) break;
    }
    if (this.#stop.signal.aborted) return;
    for (const pausable of this.#pausables) pausable.resume();
    this.logger.info('consuming goes on: PostgreSQL answers');
  }
}
