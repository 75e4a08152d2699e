import type { Logger } from '@heddle/platform';
import { BrokerConnections, type BrokerConnectionsOptions } from '../../broker/broker-connections.ts';
import { ConfirmPublisher } from '../../broker/confirm-publisher.ts';
import { QueueCounter } from '../../broker/queue-counter.ts';
import { RequestChannel } from '../../request/request-channel.ts';
import type { TopologyDifference } from '../../topology/topology-difference.ts';
import type { Topology } from '../../topology/topology.ts';
import { type Answer, type Answerer, type Asker, type LinkState, type Publisher, type PublisherOptions, type QueueConsumer, type QueueConsumerOptions, type QueueCounts, Transport } from '../transport.ts';
import { RabbitmqAnswerer } from './rabbitmq-answerer.ts';
import { RabbitmqQueueConsumer } from './rabbitmq-queue-consumer.ts';

/** The bus on RabbitMQ. */
export class RabbitmqTransport extends Transport {
  readonly connections: BrokerConnections;
  readonly #counter: QueueCounter;
  readonly #logger: Logger;

  constructor(options: BrokerConnectionsOptions) {
    super();
    this.connections = new BrokerConnections(options);
    this.#counter = new QueueCounter(this.connections.consume);
    this.#logger = options.logger;
  }

  override start(): void {
    this.connections.start();
  }

  override untilUp(timeoutMs: number): Promise<boolean> {
    return this.connections.untilUp(timeoutMs);
  }

  override get fault(): string | undefined {
    return this.connections.fault;
  }

  override get differences(): readonly TopologyDifference[] {
    return this.connections.declarer.differences;
  }

  override get links(): readonly LinkState[] {
    const { publish, consume } = this.connections;
    return ([['publish', publish], ['consume', consume]] as const).map(([name, { current, blocked, fault }]) => ({ name, connected: current !== undefined, blocked: blocked !== undefined, fault }));
  }

  override get broker(): Transport['broker'] {
    return this.connections.declarer.features;
  }

  override get topology(): Topology {
    return this.connections.declarer.topology;
  }

  override declareAgain(): Promise<void> {
    return this.connections.declareAgain();
  }

  override hasQueue(name: string): boolean {
    return this.connections.declarer.hasQueue(name);
  }

  override publisher(options: PublisherOptions = {}): Publisher {
    return new ConfirmPublisher({ ...options, connection: this.connections.publish, logger: this.#logger, declare: () => this.declareAgain() });
  }

  override consumer(options: QueueConsumerOptions): QueueConsumer {
    return new RabbitmqQueueConsumer(this.connections.consume, options, () => this.declareAgain(), this.#logger);
  }

  override asker(): Asker {
    return new RequestChannel(this.connections.publish, this.#logger);
  }

  override answerer(service: string, answer: Answer): Answerer {
    return new RabbitmqAnswerer(service, answer, this.connections, this.#logger);
  }

  override counts(queue: string): Promise<QueueCounts | undefined> {
    return this.#counter.counts(queue);
  }

  override close(): Promise<void> {
    return this.connections.close();
  }
}
