import type { Logger } from '@heddle/platform';
import { BrokerConnection, type BrokerConnectionOptions } from '../../broker/broker-connection.ts';
import { ConfirmPublisher } from '../../broker/confirm-publisher.ts';
import { TopologyDeclarer } from '../../topology/topology-declarer.ts';
import type { TopologyDifference } from '../../topology/topology-difference.ts';
import type { Topology } from '../../topology/topology.ts';
import { type Publisher, type PublisherOptions, type QueueConsumer, type QueueConsumerOptions, type QueueCounts, Transport } from '../transport.ts';
import { RabbitmqQueueConsumer } from './rabbitmq-queue-consumer.ts';

export interface RabbitmqTransportOptions {
  /** For logs and the broker's list of connections: whose transport it is. */
  name: string;
  urls: readonly string[];
  topology: Topology;
  logger: Logger;
}

/** The bus on RabbitMQ: one connection to publish and one to consume, since a broker in need stops reading from publishers, acknowledgements included. */
export class RabbitmqTransport extends Transport {
  readonly publishing: BrokerConnection;
  readonly consuming: BrokerConnection;
  readonly #declarer: TopologyDeclarer;

  constructor(private readonly options: RabbitmqTransportOptions) {
    super();
    const { name, urls, topology, logger } = options;
    this.#declarer = new TopologyDeclarer({ topology, logger });
    const prepare: BrokerConnectionOptions['prepare'] = (connection, url) => this.#declarer.prepare(connection, url);
    this.publishing = new BrokerConnection({ name: `${name} publish`, urls, logger, prepare });
    this.consuming = new BrokerConnection({ name: `${name} consume`, urls, logger, prepare });
  }

  override start(): void {
    this.publishing.start();
    this.consuming.start();
  }

  override async untilUp(timeoutMs: number): Promise<boolean> {
    const up = await Promise.all([this.publishing.untilUp(timeoutMs), this.consuming.untilUp(timeoutMs)]);
    return up.every(Boolean);
  }

  override get fault(): string | undefined {
    return this.publishing.fault ?? this.consuming.fault;
  }

  override get differences(): readonly TopologyDifference[] {
    return this.#declarer.differences;
  }

  override publisher(options: PublisherOptions = {}): Publisher {
    return new ConfirmPublisher({ ...options, connection: this.publishing, logger: this.options.logger });
  }

  override consumer(options: QueueConsumerOptions): QueueConsumer {
    return new RabbitmqQueueConsumer(this.consuming, options, () => this.declareAgain(), this.options.logger);
  }

  override async counts(queue: string): Promise<QueueCounts | undefined> {
    const connection = this.consuming.current;
    if (!connection) throw new Error(`The broker can't be asked about queue '${queue}': ${this.consuming.fault}`);
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // the failed call tells the same
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      await channel.close();
      return { messages: messageCount, consumers: consumerCount };
    } catch (error) {
      if ((error as { code?: unknown }).code === 404) return undefined; // the channel is closed by it
      throw error;
    }
  }

  override async close(): Promise<void> {
    await Promise.all([this.publishing.close(), this.consuming.close()]);
  }

  /** Declares what is missing again, after somebody deleted a queue. */
  private async declareAgain(): Promise<void> {
    const connection = this.consuming.current;
    if (connection) await this.#declarer.declare(connection);
  }
}
