import { describeError, type Logger, sleep } from '@heddle/platform';
import type { ParkingLot } from '../inbox/parking-lot.ts';
import type { Consumer } from './consumer.ts';
import type { DatabaseWatch } from './database-watch.ts';
import type { HandlerChain } from './handler-chain.ts';

const LOOK_EVERY_MS = 500;
const AT_ONCE = 50;

/** Tries parked messages again when their time has come. Every replica does; a row is taken by one. */
export class ParkedRetrier {
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;

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
    let tried = false;
    for (const { id, consumer } of await this.parkingLot.due(queues, ordered, AT_ONCE)) {
      if (signal.aborted || this.watch.down) return false;
      tried = await this.consumers.get(consumer)!.chain.retry(id) || tried;
    }
    return tried;
  }
}
