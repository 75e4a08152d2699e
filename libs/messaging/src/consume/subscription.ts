import { type Logger, sleep } from '@heddle/platform';
import type { BusMetrics } from '../nest/bus-metrics.ts';
import type { QueueConsumer, Transport } from '../transport/transport.ts';
import { Batcher } from './batcher.ts';
import type { Consumer } from './consumer.ts';
import type { Pausable } from './database-watch.ts';
import type { Delivery } from './delivery.ts';

const DRAIN_MS = 15_000;

/** What a subscription hands its deliveries to. */
export interface DeliveryHandler {
  handle(delivery: Delivery): Promise<void>;
  handleBatch(deliveries: readonly Delivery[]): Promise<void>;
}

export interface SubscriptionOptions {
  consumer: Pick<Consumer, 'queue' | 'prefetch' | 'order' | 'batch'>;
  /** The one that is consumed: the consumer's own, or one of its group. */
  queue: string;
  /** Among the consumers of a queue that has one active at a time, the highest is preferred where the broker knows how (RabbitMQ 4). */
  priority?: number;
  chain: DeliveryHandler;
  transport: Transport;
  metrics: BusMetrics;
  logger: Logger;
}

/** Consumes one queue on a channel of its own, for as long as it is wanted: through lost connections, closed channels and deleted queues. */
export class Subscription implements Pausable {
  readonly #queue: QueueConsumer;
  readonly #batcher: Batcher<Delivery> | undefined;
  #inHand = 0;
  #stopping = false;

  constructor(private readonly options: SubscriptionOptions) {
    const { consumer, chain, transport } = options;
    this.#batcher = consumer.batch && new Batcher(consumer.batch, (deliveries) => this.during(() => chain.handleBatch(deliveries)));
    this.#queue = transport.consumer({
      queue: options.queue, prefetch: consumer.prefetch, exists: () => transport.hasQueue(options.queue), ...(options.priority !== undefined && { priority: options.priority }),
      abandoned: () => this.#stopping && this.ordered,
      onDelivery: (delivery) => {
        options.metrics.delivered(options.queue, delivery.timestamp);
        // It goes back to the queue with those before it when the channel closes.
        if (delivery.abandoned) return;
        if (this.#batcher) this.#batcher.add(delivery);
        else void this.during(() => chain.handle(delivery));
      },
      onLost: () => this.#batcher?.clear(),
    });
  }

  start(): void {
    this.#stopping = false;
    this.#queue.start();
  }

  untilOpen(timeoutMs: number): Promise<boolean> {
    return this.#queue.untilOpen(timeoutMs);
  }

  /** Takes no more, finishes what is in hand, and closes the channel; what was not begun goes back to the queue. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // A cancelled consumer would hand an ordered queue over to the next one while messages are in hand: closing the channel gives those back first.
    if (!this.ordered) await this.#queue.cancel();
    this.#batcher?.clear();
    const until = performance.now() + DRAIN_MS;
    while (this.#inHand > 0 && performance.now() < until) await sleep(5);
    await this.#queue.close();
  }

  pause(): Promise<void> {
    return this.stop();
  }

  resume(): void {
    this.start();
  }

  private get ordered(): boolean {
    return this.options.consumer.order === 'key';
  }

  private async during(work: () => Promise<void>): Promise<void> {
    this.#inHand += 1;
    const startedAt = performance.now();
    try {
      await work();
    } catch (error) {
      // The chain never throws by itself; what it left unsettled comes again on the next channel.
      this.options.logger.error('handling a delivery failed', { queue: this.options.queue, error });
    } finally {
      this.#inHand -= 1;
      this.options.metrics.took(this.options.consumer.queue, performance.now() - startedAt);
    }
  }
}
