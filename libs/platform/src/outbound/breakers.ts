import type { BreakerView } from '@heddle/contracts';
import CircuitBreaker from 'opossum';
import { describeError } from '../errors/describe-error.ts';
import { Unavailable } from '../errors/heddle-error.ts';

export interface BreakerOptions {
  /** What stands behind it, for messages, e.g. `cluster of fabric lab`. */
  subject: string;
  /** A call is aborted after this long, milliseconds; default 10,000. */
  timeoutMs?: number;
  /** Open for this long before one call is let through, milliseconds; default 10,000. */
  resetMs?: number;
  /** Calls within 10 s before the failure rate counts; default 3. */
  volume?: number;
  /** Which errors say that the remote is ill, rather than that this call was wrong; default all. */
  counts?: (error: unknown) => boolean;
  /** Told when it opens, half-opens or closes. */
  onChange?: (view: BreakerView) => void;
}

type Action = (signal: AbortSignal) => Promise<unknown>;

/** A circuit breaker towards one remote, on opossum; each call gets a signal that aborts at its time-out. */
export class Breaker {
  readonly #circuit: CircuitBreaker<[Action, AbortSignal | undefined], unknown>;
  readonly #resetMs: number;
  #openedAt = 0;
  #lastError: string | null = null;

  constructor(private readonly options: BreakerOptions) {
    this.#resetMs = options.resetMs ?? 10_000;
    const timeoutMs = options.timeoutMs ?? 10_000;
    this.#circuit = new CircuitBreaker(
      (action: Action, outer: AbortSignal | undefined) => action(AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(outer ? [outer] : [])])),
      {
        timeout: false, resetTimeout: this.#resetMs, errorThresholdPercentage: 50, volumeThreshold: options.volume ?? 3,
        // opossum: true means 'not a failure'.
        errorFilter: (error: unknown) => !(options.counts?.(error) ?? true),
      },
    );
    this.#circuit.on('failure', (error: unknown) => { this.#lastError = describeError(error); });
    this.#circuit.on('open', () => { this.#openedAt = Date.now(); this.changed(); });
    this.#circuit.on('halfOpen', () => this.changed());
    this.#circuit.on('close', () => { this.#lastError = null; this.changed(); });
  }

  /** @throws Unavailable at once while it is open. */
  async fire<Result>(action: (signal: AbortSignal) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.#circuit.opened && !this.#circuit.halfOpen) throw this.refusal();
    try {
      return await this.#circuit.fire(action, signal) as Result;
    } catch (error) {
      // Half-open, and another call is the one that tries.
      throw (error as { code?: unknown } | undefined)?.code === 'EOPENBREAKER' ? this.refusal() : error;
    }
  }

  private refusal(): Unavailable {
    const seconds = Math.max(1, Math.ceil((this.#openedAt + this.#resetMs - Date.now()) / 1_000));
    return new Unavailable({
      code: 'NET-010', message: `The ${this.options.subject} is not called: it failed too often${this.#lastError ? ` (${this.#lastError})` : ''}.`,
      remedy: `The next try is in ${seconds} s.`, retryAfterSeconds: seconds, details: { reason: 'BreakerOpen' },
    });
  }

  view(): BreakerView {
    const state = this.#circuit.halfOpen ? 'half-open' : this.#circuit.opened ? 'open' : 'closed';
    return { state, nextTryAt: state === 'open' ? new Date(this.#openedAt + this.#resetMs).toISOString() : null, lastError: state === 'closed' ? null : this.#lastError };
  }

  /** Lets the next call through, e.g. after the credentials were changed. */
  reset(): void {
    this.#circuit.close();
  }

  shutdown(): void {
    this.#circuit.shutdown();
  }

  private changed(): void {
    this.options.onChange?.(this.view());
  }
}

/** One breaker per remote, by key. */
export class Breakers {
  readonly #breakers = new Map<string, Breaker>();

  for(key: string, options: BreakerOptions): Breaker {
    let breaker = this.#breakers.get(key);
    if (!breaker) {
      breaker = new Breaker(options);
      this.#breakers.set(key, breaker);
    }
    return breaker;
  }

  /** The breaker's state, where there is one. */
  view(key: string): BreakerView {
    return this.#breakers.get(key)?.view() ?? { state: 'closed', nextTryAt: null, lastError: null };
  }

  drop(key: string): void {
    this.#breakers.get(key)?.shutdown();
    this.#breakers.delete(key);
  }

  stop(): void {
    for (const key of [...this.#breakers.keys()]) this.drop(key);
  }
}
