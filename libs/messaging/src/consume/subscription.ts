import type { Channel, ConsumeMessage } from 'amqplib';
import { describeError, type Logger, sleep } from '@heddle/platform';
import type { BrokerConnection } from '../broker/broker-connection.ts';
import { ManagedChannel, plainChannel } from '../broker/managed-channel.ts';
import type { BusMetrics } from '../nest/bus-metrics.ts';
import { Batcher } from './batcher.ts';
import type { Consumer } from './consumer.ts';
import type { Pausable } from './database-watch.ts';
import { Delivery } from './delivery.ts';

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
  /** Whether the broker that was met last has the queue; where it doesn't, nothing is consumed. */
  exists: () => boolean;
  /** Among the consumers of a queue that has one active at a time, the highest is preferred where the broker knows how (RabbitMQ 4). */
  priority?: number;
  chain: DeliveryHandler;
  connection: BrokerConnection;
  metrics: BusMetrics;
  logger: Logger;
  /** Declares the topology anew, when the queue is missing. */
  declare: () => Promise<void>;
}

/** Consumes one queue on a channel of its own, for as long as it is wanted: through lost connections, closed channels and deleted queues. */
export class Subscription implements Pausable {
  readonly #channel: ManagedChannel<Channel>;
  readonly #batcher: Batcher<Delivery> | undefined;
  #consumerTag: string | undefined;
  #inHand = 0;
  #stopping = false;
  readonly #closed = new WeakSet<Channel>();

  constructor(private readonly options: SubscriptionOptions) {
    const { consumer, chain, connection, logger } = options;
    this.#batcher = consumer.batch && new Batcher(consumer.batch, (deliveries) => this.during(() => chain.handleBatch(deliveries)));
    this.#channel = new ManagedChannel({
      name: options.queue, connection, logger, create: plainChannel,
      setup: (channel) => this.consume(channel),
      onLost: () => this.#batcher?.clear(),
    });
  }

  start(): void {
    this.#stopping = false;
    this.#channel.start();
  }

  untilOpen(timeoutMs: number): Promise<boolean> {
    return this.#channel.untilOpen(timeoutMs);
  }

  /** Takes no more, finishes what is in hand, and closes the channel; what was not begun goes back to the queue. */
  async stop(): Promise<void> {
    this.#stopping = true;
    // A cancelled consumer would hand an ordered queue over to the next one while messages are in hand: closing the channel gives those back first.
    if (!this.ordered) await this.cancel();
    this.#batcher?.clear();
    const until = performance.now() + DRAIN_MS;
    while (this.#inHand > 0 && performance.now() < until) await sleep(5);
    await this.#channel.close();
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

  private async cancel(): Promise<void> {
    const channel = this.#channel.current;
    const tag = this.#consumerTag;
    this.#consumerTag = undefined;
    if (!channel || tag === undefined) return;
    await channel.cancel(tag).catch((error: unknown) => this.options.logger.debug('cancelling a consumer failed', { queue: this.options.queue, error: describeError(error) }));
  }

  private async consume(channel: Channel): Promise<void> {
    const { consumer, queue, exists, priority } = this.options;
    if (!exists()) return;
    channel.on('close', () => this.#closed.add(channel));
    await channel.prefetch(consumer.prefetch);
    try {
      const { consumerTag } = await channel.consume(queue, (message) => this.delivered(channel, message), priority === undefined ? {} : { priority });
      this.#consumerTag = consumerTag;
    } catch (error) {
      if ((error as { code?: unknown }).code === 404) await this.options.declare();
      throw error;
    }
  }

  private delivered(channel: Channel, message: ConsumeMessage | null): void {
    if (!message) {
      // The broker cancelled the consumer: the queue was deleted or moved. A new channel consumes it again.
      this.options.logger.warn('the broker cancelled a consumer', { queue: this.options.queue });
      void channel.close().catch((error: unknown) => this.options.logger.debug('closing a channel failed', { queue: this.options.queue, error: describeError(error) }));
      return;
    }
    this.options.metrics.delivered(this.options.queue, message.properties.timestamp);
    // The first message may come before `consume` has returned: the channel is then not current yet.
    const delivery = new Delivery(message, channel, () => this.#channel.current === channel, () => this.#closed.has(channel) || (this.#stopping && this.ordered));
    // It goes back to the queue with those before it when the channel closes.
    if (delivery.abandoned) return;
    if (this.#batcher) this.#batcher.add(delivery);
    else void this.during(() => this.options.chain.handle(delivery));
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
