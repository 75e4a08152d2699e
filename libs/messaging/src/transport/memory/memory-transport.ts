import { describeError, type Logger } from '@heddle/platform';
import type { BrokerFeatures } from '../../broker/broker-features.ts';
import { layOut } from '../../topology/lay-out.ts';
import type { TopologyDifference } from '../../topology/topology-difference.ts';
import { requestQueueOf, type Topology } from '../../topology/topology.ts';
import { type Answer, type Answerer, type Asker, type LinkState, type Publisher, type PublisherOptions, type QueueConsumer, type QueueConsumerOptions, type QueueCounts, Transport } from '../transport.ts';
import { until } from '../until.ts';
import type { MemoryBroker } from './memory-broker.ts';
import { MemoryAnswerer } from './memory-answerer.ts';
import { MemoryAsker } from './memory-asker.ts';
import { MemoryLink } from './memory-link.ts';
import { MemoryPublisher } from './memory-publisher.ts';
import type { QueueSettings } from './memory-queue.ts';
import { MemoryQueueConsumer } from './memory-queue-consumer.ts';

export interface MemoryTransportOptions {
  /** For logs: whose transport it is. */
  name: string;
  broker: MemoryBroker;
  topology: Topology;
  logger: Logger;
}

/** Priorities, and one queue for each ordered message type: exchanges are not bound to each other here. */
const FEATURES: BrokerFeatures = { product: 'memory', version: '1', quorumQueues: false, quorumPriorities: false, atLeastOnceDeadLettering: false, consistentHash: false };

/** The bus on a {@link MemoryBroker}: for tests, and to try a service without RabbitMQ. What is in it ends with the process. */
export class MemoryTransport extends Transport {
  readonly #publish: MemoryLink;
  readonly #consume: MemoryLink;
  #differences: TopologyDifference[] = [];
  #queues: ReadonlySet<string> = new Set();

  constructor(private readonly options: MemoryTransportOptions) {
    super();
    const { name, broker, logger } = options;
    const prepare = () => this.declare();
    // Two, as with RabbitMQ: an alarm holds up the one that publishes, acknowledgements go on.
    this.#publish = new MemoryLink({ name: `${name} publish`, broker, logger, prepare });
    this.#consume = new MemoryLink({ name: `${name} consume`, broker, logger, prepare });
  }

  override start(): void {
    this.#publish.start();
    this.#consume.start();
  }

  override async untilUp(timeoutMs: number): Promise<boolean> {
    const up = await Promise.all([this.#publish, this.#consume].map((link) => until(timeoutMs, (reached) => link.onUp(reached))));
    return up.every(Boolean);
  }

  override get fault(): string | undefined {
    return this.#publish.fault ?? this.#consume.fault;
  }

  override get differences(): readonly TopologyDifference[] {
    return this.#differences;
  }

  override get links(): readonly LinkState[] {
    return ([['publish', this.#publish], ['consume', this.#consume]] as const).map(([name, { current, blocked, fault }]) => ({ name, connected: current !== undefined, blocked: blocked !== undefined, fault }));
  }

  override get broker(): Transport['broker'] {
    return this.#consume.current && FEATURES;
  }

  override get topology(): Topology {
    return this.options.topology;
  }

  override async declareAgain(): Promise<void> {
    if (this.#publish.current) this.declare();
  }

  override hasQueue(name: string): boolean {
    return this.#queues.has(name);
  }

  override publisher({ window }: PublisherOptions = {}): Publisher {
    return new MemoryPublisher(this.#publish, window);
  }

  override consumer(options: QueueConsumerOptions): QueueConsumer {
    return new MemoryQueueConsumer(this.#consume, options, () => this.declare(), this.options.logger);
  }

  override asker(): Asker {
    return new MemoryAsker(this.#publish, this.options.broker);
  }

  override answerer(service: string, answer: Answer): Answerer {
    return new MemoryAnswerer(requestQueueOf(service), answer, this.#consume, this.options.broker);
  }

  override async counts(queue: string): Promise<QueueCounts | undefined> {
    if (!this.#consume.current) throw new Error(`The broker can't be asked about queue '${queue}': ${this.#consume.fault}`);
    return this.options.broker.counts(queue);
  }

  override async close(): Promise<void> {
    this.#publish.close();
    this.#consume.close();
  }

  private declare(): void {
    const { broker, topology } = this.options;
    const differences: TopologyDifference[] = [];
    const declare = (entity: string, declaration: () => void) => {
      try {
        declaration();
      } catch (error) {
        differences.push({ entity, reason: describeError(error), remedy: `Stop its consumers, let it run empty, delete ${entity}: it is declared anew within a minute.` });
      }
    };
    const { exchanges, queues } = layOut(topology, FEATURES);
    this.#queues = new Set(queues.map(({ name }) => name));
    for (const { name, type, bindings } of exchanges) {
      if (type !== 'x-consistent-hash') declare(`exchange ${name}`, () => broker.declareExchange(name, { type }));
      if (bindings.length > 0) differences.push({ entity: `exchange ${name}`, field: 'bindings', expected: String(bindings.length), found: 'none', reason: 'A broker in memory binds no exchanges to each other.', remedy: 'Bind its queues to where the messages come from.' });
    }
    for (const { name, bindings, arguments: args } of queues) {
      declare(`queue ${name}`, () => broker.declareQueue(name, settingsOf(args)));
      for (const { exchange, key } of bindings) broker.bind(name, exchange, key);
    }
    this.#differences = differences;
  }
}

/** A queue's arguments as the broker in memory takes them. */
function settingsOf(args: Record<string, unknown>): QueueSettings {
  const exchange = args['x-dead-letter-exchange'];
  const routingKey = args['x-dead-letter-routing-key'];
  return {
    ...(args['x-max-priority'] !== undefined && { priorities: true }),
    ...(args['x-single-active-consumer'] === true && { singleActiveConsumer: true }),
    ...(typeof args['x-message-ttl'] === 'number' && { ttlMs: args['x-message-ttl'] }),
    ...(typeof exchange === 'string' && { deadLetter: { exchange, ...(typeof routingKey === 'string' && { routingKey }) } }),
  };
}
