import type { Channel, ChannelModel } from 'amqplib';
import type { Logger } from '@heddle/platform';
import type { BrokerUrl } from '../broker/broker-address.ts';
import { type BrokerAbilities, type BrokerFeatures, choicesOf, detectFeatures } from '../broker/broker-features.ts';
import { closeQuietly } from '../broker/close-quietly.ts';
import { type Layout, layOut, type QueueLayout } from './lay-out.ts';
import { tellsOfDifference, type TopologyDifference, topologyDifference } from './topology-difference.ts';
import type { Topology } from './topology.ts';

export interface TopologyDeclarerOptions {
  topology: Topology;
  /** What is not to be used though the broker has it. */
  without?: readonly (keyof BrokerAbilities)[];
  logger: Logger;
}

/**
 * Declares the topology, as far as the broker's features go. What the broker has already, but with other settings, is used
 * as it is: the difference is logged with its remedy and kept in {@link differences}; the service runs on.
 */
export class TopologyDeclarer {
  readonly topology: Topology;
  #differences: TopologyDifference[] = [];
  #features: BrokerFeatures | undefined;
  #queues: ReadonlySet<string> = new Set();

  constructor(private readonly options: TopologyDeclarerOptions) {
    this.topology = options.topology;
  }

  get differences(): readonly TopologyDifference[] {
    return this.#differences;
  }

  /** Features of the broker that was met last. */
  get features(): BrokerFeatures | undefined {
    return this.#features;
  }

  /** Whether the broker that was met last was given this queue. */
  hasQueue(name: string): boolean {
    return this.#queues.has(name);
  }

  /** Finds out what a broker can do, and declares. @param url of the node that the connection goes to */
  async prepare(connection: ChannelModel, url: BrokerUrl): Promise<void> {
    this.noteFeatures(await detectFeatures(connection, url, this.options.without));
    await this.declare(connection);
  }

  /** Declares what is missing, and compares the rest. @throws when the broker is in trouble, not when it differs */
  async declare(connection: ChannelModel): Promise<void> {
    if (!this.#features) throw new Error('The features of the broker are not known yet');
    const layout = layOut(this.topology, this.#features);
    this.#queues = new Set(layout.queues.map(({ name }) => name));
    const declaration = new Declaration(connection);
    try {
      this.noteDifferences(await declaration.run(layout));
    } finally {
      declaration.end();
    }
  }

  private noteFeatures(features: BrokerFeatures): void {
    if (JSON.stringify(features) !== JSON.stringify(this.#features)) this.options.logger.info('broker features', { ...features, choices: choicesOf(features) });
    this.#features = features;
  }

  private noteDifferences(differences: TopologyDifference[]): void {
    const known = new Set(this.#differences.map(({ entity, reason }) => `${entity} ${reason}`));
    for (const difference of differences) {
      if (!known.has(`${difference.entity} ${difference.reason}`)) this.options.logger.error('the broker differs from the contracts', { ...difference });
    }
    this.#differences = differences;
  }
}

/** Declares one thing after the other; the broker closes the channel at each refusal, so that another has to be opened. */
class Declaration {
  readonly #differences: TopologyDifference[] = [];
  #channel: Channel | undefined;

  constructor(private readonly connection: ChannelModel) {}

  async run({ exchanges, queues }: Layout): Promise<TopologyDifference[]> {
    for (const { name, type, arguments: args } of exchanges) {
      await this.try(`exchange ${name}`, (channel) => channel.assertExchange(name, type, { durable: true, arguments: args }), (channel) => channel.checkExchange(name));
    }
    for (const { name, bindings } of exchanges) {
      for (const { exchange, key } of bindings) await this.try(`binding of exchange ${name} to ${exchange}`, (channel) => channel.bindExchange(name, exchange, key));
    }
    for (const queue of queues) await this.queue(queue);
    return this.#differences;
  }

  /** Not awaited: a broker in trouble may never answer, and the connection goes on without the channel. */
  end(): void {
    void closeQuietly(this.#channel);
  }

  private async queue({ name, arguments: args, bindings, unbindings }: QueueLayout): Promise<void> {
    await this.try(`queue ${name}`, (channel) => channel.assertQueue(name, { durable: true, arguments: args }), (channel) => channel.checkQueue(name));
    for (const { exchange, key } of bindings) await this.try(`binding of queue ${name} to ${exchange}`, (channel) => channel.bindQueue(name, exchange, key));
    for (const { exchange, key } of unbindings) await this.try(`former binding of queue ${name} to ${exchange}`, (channel) => channel.unbindQueue(name, exchange, key));
  }

  /** @param exists asked when the declaration is refused as different: what is there is used as it is */
  private async try(entity: string, declare: (channel: Channel) => Promise<unknown>, exists?: (channel: Channel) => Promise<unknown>): Promise<void> {
    try {
      await declare(await this.channel());
    } catch (error) {
      this.#channel = undefined;
      if (!tellsOfDifference(error)) throw error;
      await exists?.(await this.channel());
      this.#differences.push(topologyDifference(entity, error));
    }
  }

  private async channel(): Promise<Channel> {
    if (this.#channel) return this.#channel;
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined); // the failed call tells the same
    this.#channel = channel;
    return channel;
  }
}
