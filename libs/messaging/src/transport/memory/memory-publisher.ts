import type { Publication, PublishOutcome } from '../../broker/confirm-publisher.ts';
import type { BreakerView } from '@heddle/contracts';
import type { Publisher } from '../transport.ts';
import type { MemoryLink } from './memory-link.ts';

const DEFAULT_WINDOW = 256;

/** A {@link Publisher} on a memory broker. */
export class MemoryPublisher implements Publisher {
  readonly #inFlight = new Set<(outcome: PublishOutcome) => void>();
  #onFree: () => void = () => undefined;

  constructor(private readonly link: MemoryLink, private readonly window: number = DEFAULT_WINDOW) {
    link.onUp(() => this.#onFree());
    link.onBlocked(() => this.#onFree());
    link.onDown(() => this.forsake());
  }

  start(onFree: () => void): void {
    this.#onFree = onFree;
    if (this.link.current) onFree();
  }

  get free(): number {
    return this.link.current && this.link.blocked === undefined ? this.window - this.#inFlight.size : 0;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Always closed: a memory broker tells when it takes nothing. */
  get breaker(): BreakerView {
    return { state: 'closed', lastError: null, nextTryAt: null };
  }

  publish({ expiresAt, headers, ...publication }: Publication): Promise<PublishOutcome> {
    const connection = this.link.current;
    if (!connection) return Promise.resolve('unknown');
    const { promise, resolve } = Promise.withResolvers<PublishOutcome>();
    this.#inFlight.add(resolve);
    const message = { ...publication, headers: { ...headers }, timestamp: Math.floor(Date.now() / 1_000), ...(expiresAt && { ttlMs: Math.max(1, expiresAt.getTime() - Date.now()) }) };
    connection.publish(message, (answer) => {
      this.#inFlight.delete(resolve);
      resolve(answer);
      this.#onFree();
    });
    return promise;
  }

  async close(): Promise<void> {
    this.#onFree = () => undefined;
    this.forsake();
  }

  private forsake(): void {
    for (const resolve of this.#inFlight) resolve('unknown');
    this.#inFlight.clear();
  }
}
