import { eventList } from '@heddle/contracts';
import { BusClient } from '@heddle/messaging';
import { Background, Logger, describeError, sleep } from '@heddle/platform';
import { Injectable } from '@nestjs/common';

const LONG_POLL_MS = 20_000;
const RETRY_MS = 2_000;

/** Knows how far the event log is, by one long poll for all streams; asks nothing while nobody listens. */
@Injectable()
export class EventFeed {
  #last: bigint | undefined;
  #listeners = 0;
  #polling = false;
  #waiting = new Set<() => void>();

  constructor(private readonly bus: BusClient, private readonly background: Background, private readonly logger: Logger) {}

  /** Counts a stream in; call the answer when it ends. */
  join(): () => void {
    this.#listeners++;
    if (!this.#polling) {
      this.#polling = true;
      this.background.start('event feed', (signal) => this.poll(signal));
    }
    return () => { this.#listeners--; };
  }

  /** Resolves when the log may have more than `position`, at the latest after `withinMs`. */
  async beyond(position: string, withinMs: number, signal: AbortSignal): Promise<void> {
    if (this.#last !== undefined && this.#last > BigInt(position)) return;
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
