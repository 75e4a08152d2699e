import type { Channel, ChannelModel, Options } from 'amqplib';
import { describeError, type Logger } from '@heddle/platform';
import { type BrokerFeatures, detectFeatures } from '../broker/broker-features.ts';
import type { Topology } from './topology.ts';

const PRECONDITION_FAILED = 406;
/** Redeliveries happen when PostgreSQL or a process is down; RabbitMQ 4 would drop a message after 20 of them. */
const DELIVERY_LIMIT = 1_000_000;

/** What the broker has differs from what the contracts say. */
export interface TopologyDifference {
  entity: string;
  /** The broker's words. */
  reason: string;
  remedy: string;
}

/**
 * Declares the topology. What the broker has already, but with other settings, is used as it is: the difference is
 * logged with its remedy and kept in {@link differences}; the service runs on.
 */
export class TopologyDeclarer {
  #differences: TopologyDifference[] = [];
  #features: BrokerFeatures | undefined;

  constructor(private readonly topology: Topology, private readonly logger: Logger) {}

  get differences(): readonly TopologyDifference[] {
    return this.#differences;
  }

  /** Features of the broker that was met last. */
  get features(): BrokerFeatures | undefined {
    return this.#features;
  }

  async declare(connection: ChannelModel): Promise<void> {
    const features = this.noteFeatures(detectFeatures(connection));
    const differences: TopologyDifference[] = [];
    const declaration = new Declaration(connection, (difference) => differences.push(difference));
    for (const { name, type } of this.topology.exchanges) {
      await declaration.run(`exchange ${name}`, (channel) => channel.assertExchange(name, type, { durable: true }), (channel) => channel.checkExchange(name));
    }
    for (const { name, bindings } of this.topology.queues) {
      await declaration.run(`queue ${name}`, (channel) => channel.assertQueue(name, queueOptions(features)), (channel) => channel.checkQueue(name));
      for (const { exchange, key } of bindings) await declaration.run(`binding of ${name}`, (channel) => channel.bindQueue(name, exchange, key));
    }
    await declaration.end();
    this.#differences = differences;
    for (const difference of differences) this.logger.error('the broker differs from the contracts', { ...difference });
  }

  private noteFeatures(features: BrokerFeatures): BrokerFeatures {
    if (features.version !== this.#features?.version) this.logger.info('broker features', { ...features, queueType: features.quorumQueues ? 'quorum' : 'classic' });
    this.#features = features;
    return features;
  }
}

/** How a durable queue is declared on this broker. */
export function queueOptions(features: BrokerFeatures): Options.AssertQueue {
  return features.quorumQueues
    ? { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': DELIVERY_LIMIT } }
    : { durable: true };
}

/** Declares one thing after the other; the broker closes the channel at each refusal, so that another has to be opened. */
class Declaration {
  #channel: Channel | undefined;

  constructor(private readonly connection: ChannelModel, private readonly differs: (difference: TopologyDifference) => void) {}

  /** @param exists asked when the declaration is refused as different; when the thing is there, it is used as it is */
  async run(entity: string, declare: (channel: Channel) => Promise<unknown>, exists?: (channel: Channel) => Promise<unknown>): Promise<void> {
    try {
      await declare(await this.channel());
    } catch (error) {
      this.#channel = undefined;
      if (!exists || (error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
      await exists(await this.channel());
      this.differs({
        entity, reason: describeError(error),
        remedy: `Stop its consumers, let it run empty, delete ${entity} and restart a service: it is then declared anew.`,
      });
    }
  }

  async end(): Promise<void> {
    await this.#channel?.close();
  }

  private async channel(): Promise<Channel> {
    if (this.#channel) return this.#channel;
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined); // the failed call tells the same
    this.#channel = channel;
    return channel;
  }
}
