import { eventList } from '@heddle/contracts';
import { BusClient } from '@heddle/messaging';
import { Background, Logger, Metrics, describeError, sleep } from '@heddle/platform';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

const LONG_POLL_MS = 20_000;
const RETRY_MS = 2_000;

/** Knows how far the event log is, by one long poll for all streams; asks nothing while nobody listens. */
@Injectable()
export class EventFeed implements OnModuleDestroy {
  #last: bigint | undefined;
  #listeners = 0;
  #polling = false;
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #streams;

  constructor(private readonly bus: BusClient, private readonly background: Background, private readonly logger: Logger, metrics: Metrics) {
    this.#streams = metrics.gauge('heddle_event_streams', 'Event streams that are open');
  }

  /** Aborts when the gateway stops: a stream that stayed open would hold it up. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  onModuleDestroy(): void {
    this.#closing.abort();
  }

  /** The position that the log has reached, as far as it is known. */
  get last(): bigint {
    return this.#last ?? 0n;
  }

  /** Counts a stream in; call the answer when it ends. */
  join(): () => void {
    this.#streams.set(++this.#listeners);
    if (!this.#polling) {
      this.#polling = true;
      this.background.start('event feed', (signal) => this.poll(signal));
    }
    return () => { this.#streams.set(--this.#listeners); };
  }

  /** Resolves when the log may have more than `position`, at the latest after `withinMs`. */
  async beyond(position: bigint, withinMs: number, signal: AbortSignal): Promise<void> {
    if (this.#last !== undefined && this.#last > position) return;
    const enough = new AbortController();
    const wake = () => enough.abort();
    this.#waiting.add(wake);
    await sleep(withinMs, AbortSignal.any([enough.signal, signal]));
    this.#waiting.delete(wake);
  }

  private async poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#listeners > 0) {
      try {
        const after = this.#last?.toString();
        const { last } = await this.bus.ask(eventList, { limit: 1, waitMs: after === undefined ? 0 : LONG_POLL_MS, ...(after !== undefined && { after }) }, { deadlineMs: LONG_POLL_MS + 5_000 });
        if (this.#last === undefined || BigInt(last) > this.#last) {
          this.#last = BigInt(last);
          for (const wake of this.#waiting) wake();
        }
      } catch (error) {
        this.logger.warn('the event log does not answer', { error: describeError(error) });
        await sleep(RETRY_MS, signal);
      }
    }
    this.#polling = false;
    this.#last = undefined;
  }
}
