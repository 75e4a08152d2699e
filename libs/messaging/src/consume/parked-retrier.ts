import { describeError, type Logger, sleep } from '@heddle/platform';
import type { ParkingLot } from '../inbox/parking-lot.ts';
import type { Consumer } from './consumer.ts';
import type { DatabaseWatch } from './database-watch.ts';
import type { HandlerChain } from './handler-chain.ts';

const LOOK_EVERY_MS = 500;
const AT_ONCE = 50;
const SWEEP_EVERY_MS = 60 * 60_000;
const SWEPT_AT_ONCE = 500;

/** Tries parked messages again when their time has come, and gives up those that nobody takes any more. Every replica does; a row is taken by one. */
export class ParkedRetrier {
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;
  #sweepAt = 0;

  constructor(
    private readonly consumers: ReadonlyMap<string, { consumer: Consumer; chain: HandlerChain }>,
    private readonly parkingLot: ParkingLot,
    private readonly watch: DatabaseWatch,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.#loop ??= this.run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  private async run(signal: AbortSignal): Promise<void> {
    const queues = [...this.consumers.keys()];
    const ordered = [...this.consumers.values()].filter(({ consumer }) => consumer.order === 'key').map(({ consumer }) => consumer.queue);
    while (!signal.aborted) {
      const more = this.watch.down ? false : await this.round(queues, ordered, signal).catch((error: unknown) => {
        if (!this.watch.blames(error)) this.logger.warn('retrying parked messages failed', { error: describeError(error) });
        return false;
      });
      if (!more) await sleep(LOOK_EVERY_MS, signal);
    }
  }

  /** @returns true when something was tried, so that followers in the key get their turn at once */
  private async round(queues: readonly string[], ordered: readonly string[], signal: AbortSignal): Promise<boolean> {
    if (performance.now() >= this.#sweepAt) await this.sweep(queues);
    let tried = false;
    for (const { id, consumer } of await this.parkingLot.due(queues, ordered, AT_ONCE)) {
      if (signal.aborted || this.watch.down) return false;
      tried = await this.consumers.get(consumer)!.chain.retry(id) || tried;
    }
    return tried;
  }

  /** What waits for a handler that there is no more would never be seen; as a dead letter a person finds it. */
  private async sweep(queues: readonly string[]): Promise<void> {
    this.#sweepAt = performance.now() + SWEEP_EVERY_MS;
    for (const { id, consumer, attempts } of await this.parkingLot.abandoned(queues, SWEPT_AT_ONCE)) {
      await this.parkingLot.failedAgain(id, { state: 'dead', reason: 'no-handler', message: `The service takes no messages from '${consumer}' any more.` }, attempts);
      this.logger.warn('a parked message of a handler that is no more is given up', { queue: consumer, parked: id });
    }
  }
}
