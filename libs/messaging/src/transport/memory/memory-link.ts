import { describeError, type Logger } from '@heddle/platform';
import type { MemoryBroker } from './memory-broker.ts';
import type { MemoryConnection } from './memory-connection.ts';

const RECONNECT_MS = 20;

export interface MemoryLinkOptions {
  /** For logs, e.g. `fabric publish`. */
  name: string;
  broker: MemoryBroker;
  logger: Logger;
  /** Runs on each new connection before anybody is told of it. */
  prepare: () => void;
}

/** A connection to a memory broker that comes back by itself. */
export class MemoryLink {
  readonly #upListeners = new Set<(connection: MemoryConnection) => void>();
  readonly #downListeners = new Set<() => void>();
  readonly #blockListeners = new Set<() => void>();
  #current: MemoryConnection | undefined;
  #blocked: string | undefined;
  #lastError: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wanted = false;

  constructor(private readonly options: MemoryLinkOptions) {}

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#timer = setTimeout(() => this.connect(), 0);
  }

  /** The connection, while it is up. */
  get current(): MemoryConnection | undefined {
    return this.#current;
  }

  /** Why the broker takes nothing at the moment; absent when it does. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  get fault(): string | undefined {
    if (!this.#current) return this.#lastError ?? 'not connected yet';
    return this.#blocked === undefined ? undefined : `blocked by the broker: ${this.#blocked}`;
  }

  /** Calls back for each connection that comes up, and at once when one is. @returns takes the listener away */
  onUp(listener: (connection: MemoryConnection) => void): () => void {
    this.#upListeners.add(listener);
    if (this.#current) listener(this.#current);
    return () => this.#upListeners.delete(listener);
  }

  onDown(listener: () => void): void {
    this.#downListeners.add(listener);
  }

  /** Calls back when the broker stops taking messages and when it goes on; see {@link blocked}. */
  onBlocked(listener: () => void): void {
    this.#blockListeners.add(listener);
  }

  close(): void {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#current?.close();
  }

  private connect(): void {
    const { broker, name, prepare, logger } = this.options;
    try {
      const connection = broker.connect(name, { lost: (reason) => this.lost(reason), blocked: (reason) => this.block(reason) });
      prepare();
      this.#current = connection;
      this.#lastError = undefined;
      for (const listener of [...this.#upListeners]) listener(connection);
    } catch (error) {
      this.#lastError = describeError(error);
      logger.debug('connecting to the memory broker failed', { connection: name, error: this.#lastError });
      this.connectLater();
    }
  }

  private lost(reason: string): void {
    this.#current = undefined;
    this.#blocked = undefined;
    this.#lastError = reason;
    for (const listener of [...this.#downListeners]) listener();
    if (this.#wanted) this.connectLater();
  }

  private connectLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), RECONNECT_MS);
  }

  private block(reason: string | undefined): void {
    this.#blocked = reason;
    for (const listener of [...this.#blockListeners]) listener();
  }
}
