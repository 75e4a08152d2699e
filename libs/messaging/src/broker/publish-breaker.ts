import type { BreakerView } from '@heddle/contracts';
import type { Logger } from '@heddle/platform';
import { type BreakerEvent, type BreakerState, type Breaking, CLOSED, nextBreaking, openForMs } from './breaker-machine.ts';

export interface PublishBreakerOptions {
  logger: Logger;
  /** How long it stays open at first, milliseconds; default 5,000. */
  openMs?: number;
  /** How long it stays open at most, milliseconds; default 60,000. */
  longestOpenMs?: number;
  /** Asked when the wait is over: false while it is known that the broker takes nothing; then it stays open as long again. Default always true. */
  mayTry?: () => boolean;
  /** Told of each change of the state. */
  onChange?: (view: BreakerView) => void;
}

/**
 * The circuit breaker between the outbox and the broker: {@link BREAKER_TRANSITIONS} with a clock and a voice. Not the
 * Breaker of libs/platform (opossum): that one wraps single calls and judges their failure rate, while here hundreds of
 * messages are under way at once, one silence speaks for all of them, and a late answer is a sign of life.
 */
export class PublishBreaker {
  #breaking: Breaking = CLOSED;
  #cause: string | null = null;
  #nextTryAt: Date | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: PublishBreakerOptions) {}

  get state(): BreakerState {
    return this.#breaking.state;
  }

  view(): BreakerView {
    return { state: this.state, nextTryAt: this.#nextTryAt?.toISOString() ?? null, lastError: this.#cause };
  }

  /** @param cause in words, for an event that may open it */
  tell(event: BreakerEvent, cause?: string): void {
    const before = this.#breaking;
    this.#breaking = nextBreaking(before, event);
    if (this.#breaking === before) return;
    clearTimeout(this.#timer);
    this.#nextTryAt = null;
    if (this.state === 'open') {
      this.#cause = cause ?? event;
      this.wait();
    }
    if (this.state === 'closed') this.#cause = null;
    this.log(event);
    this.options.onChange?.(this.view());
  }

  /** No more waiting; it stays as it is. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  private wait(): void {
    const { openMs = 5_000, longestOpenMs = 60_000, mayTry = () => true } = this.options;
    const milliseconds = openForMs(this.#breaking.openings, openMs, longestOpenMs);
    this.#nextTryAt = new Date(Date.now() + milliseconds);
    this.#timer = setTimeout(() => {
      if (mayTry()) this.tell('waited');
      else this.wait();
    }, milliseconds);
    this.#timer.unref();
  }

  private log(event: BreakerEvent): void {
    const { logger } = this.options;
    switch (this.state) {
      case 'open': return logger.error('nothing is published: the breaker before the broker opened', { cause: this.#cause, nextTryAt: this.#nextTryAt, openings: this.#breaking.openings });
      case 'half-open': return logger.warn('one message is published, to see whether the broker answers', { because: event, cause: this.#cause });
      case 'closed': return logger.info('publishing goes on: the broker answers');
    }
  }
}
