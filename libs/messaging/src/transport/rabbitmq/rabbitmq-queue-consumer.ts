import type { Channel, ConsumeMessage } from 'amqplib';
import { describeError, type Logger } from '@heddle/platform';
import type { BrokerConnection } from '../../broker/broker-connection.ts';
import { closeQuietly } from '../../broker/close-quietly.ts';
import { ManagedChannel, plainChannel } from '../../broker/managed-channel.ts';
import { Delivery } from '../../consume/delivery.ts';
import type { QueueConsumer, QueueConsumerOptions } from '../transport.ts';

/** A {@link QueueConsumer} on RabbitMQ. */
export class RabbitmqQueueConsumer implements QueueConsumer {
  readonly #channel: ManagedChannel<Channel>;
  #consumerTag: string | undefined;

  /** @param declare declares the topology anew, when the queue is missing */
  constructor(connection: BrokerConnection, private readonly options: QueueConsumerOptions, private readonly declare: () => Promise<void>, private readonly logger: Logger) {
    this.#channel = new ManagedChannel({
      name: options.queue, connection, logger, create: plainChannel,
      setup: (channel) => this.consume(channel),
      onLost: () => options.onLost?.(),
    });
  }

  start(): void {
    this.#channel.start();
  }

  untilOpen(timeoutMs: number): Promise<boolean> {
    return this.#channel.untilOpen(timeoutMs);
  }

  async cancel(): Promise<void> {
    const channel = this.#channel.current;
    const tag = this.#consumerTag;
    this.#consumerTag = undefined;
    if (!channel || tag === undefined) return;
    try {
      await channel.cancel(tag);
    } catch (error) {
      this.logger.debug('cancelling a consumer failed', { queue: this.options.queue, error: describeError(error) });
    }
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  private async consume(channel: Channel): Promise<void> {
    const { queue, prefetch, exists, priority } = this.options;
    if (exists?.() === false) return;
    // Not 'the current one': the first message may come, and be settled, before `consume` has returned.
    let open = true;
    channel.once('close', () => { open = false; });
    await channel.prefetch(prefetch);
    try {
      const { consumerTag } = await channel.consume(queue, (message) => this.delivered(channel, message, () => open), priority === undefined ? {} : { priority });
      this.#consumerTag = consumerTag;
    } catch (error) {
      if ((error as { code?: unknown }).code === 404) await this.declare();
      throw error;
    }
  }

  private delivered(channel: Channel, message: ConsumeMessage | null, isOpen: () => boolean): void {
    if (message) return this.options.onDelivery(new Delivery(message, channel, isOpen, () => !isOpen() || this.options.abandoned?.() === true));
    // The broker cancelled the consumer: the queue was deleted or moved. A new channel consumes it again.
    this.logger.warn('the broker cancelled a consumer', { queue: this.options.queue });
    void closeQuietly(channel);
  }
}
