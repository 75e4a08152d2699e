import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@heddle/testing';
import type { Publication, PublishOutcome } from '../src/broker/confirm-publisher.ts';
import type { Delivery } from '../src/consume/delivery.ts';
import { REQUESTS_EXCHANGE, type Topology } from '../src/topology/topology.ts';
import type { Publisher, QueueConsumer, Transport } from '../src/transport/transport.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';

/** How long a case waits for what must come. */
export const PATIENCE = { timeout: 30_000 };

export const DIRECT = 'conf.direct';
export const TOPIC = 'conf.topic';

/** A queue for each case, bound by its name, so that none sees another's messages. */
const CASES = ['order', 'sharing', 'prefetch', 'twice', 'late', 'group', 'cancel', 'channel', 'deleted', 'alarm', 'cut', 'restart', 'kept', 'both-1', 'both-2', 'returned'] as const;

export const TOPOLOGY: Topology = {
  exchanges: [{ name: DIRECT, type: 'direct' }, { name: TOPIC, type: 'topic' }, { name: REQUESTS_EXCHANGE, type: 'direct' }],
  groups: [],
  queues: [
    ...CASES.map((name) => ({ name: `conf.${name}`, service: 'fabric' as const, bindings: [{ exchange: DIRECT, key: name }] })),
    { name: 'conf.one-word', service: 'fabric', bindings: [{ exchange: TOPIC, key: 'a.*' }] },
    { name: 'conf.any-words', service: 'fabric', bindings: [{ exchange: TOPIC, key: 'a.#' }] },
    { name: 'conf.last-word', service: 'fabric', bindings: [{ exchange: TOPIC, key: '#.z' }] },
  ],
};

type To = Partial<Omit<Publication, 'body'>>;

/** A client with a publisher, and what its consumers have got. */
export class Client {
  readonly publisher: Publisher;
  readonly #consumers: QueueConsumer[] = [];

  constructor(readonly transport: Transport) {
    this.publisher = transport.publisher();
  }

  async start(): Promise<this> {
    this.transport.start();
    this.publisher.start(() => undefined);
    if (!await this.transport.untilUp(60_000)) throw new Error(`The transport is not up: ${this.transport.fault}`);
    await this.untilFree();
    return this;
  }

  async untilFree(): Promise<void> {
    await eventually(() => this.publisher.free > 0, PATIENCE);
  }

  publish(text: string, routingKey: string, to: To = {}): Promise<PublishOutcome> {
    return this.publisher.publish({ exchange: DIRECT, routingKey, messageId: randomUUID(), type: 'conf.message', body: Buffer.from(text), headers: {}, priority: 4, ...to });
  }

  /** Publishes it again until it is confirmed. */
  async deliver(text: string, routingKey: string): Promise<void> {
    for (;;) {
      await this.untilFree();
      if (await this.publish(text, routingKey) === 'confirmed') return;
      await delay(20);
    }
  }

  async consume(queue: string, { prefetch = 100, settle = true }: { prefetch?: number; settle?: boolean } = {}): Promise<Taken> {
    const taken = new Taken(settle);
    taken.consumer = this.transport.consumer({ queue, prefetch, onDelivery: (delivery) => taken.add(delivery), onLost: () => { taken.lost += 1; } });
    this.#consumers.push(taken.consumer);
    taken.consumer.start();
    if (!await taken.consumer.untilOpen(60_000)) throw new Error(`Queue '${queue}' is not consumed: ${this.transport.fault}`);
    return taken;
  }

  async stop(): Promise<void> {
    for (const consumer of this.#consumers) await consumer.close();
    await this.publisher.close();
    await this.transport.close();
  }
}

/** What a consumer has got, in the order in which it came. */
export class Taken {
  readonly deliveries: Delivery[] = [];
  consumer!: QueueConsumer;
  /** How often its channel was lost. */
  lost = 0;

  constructor(private readonly settles: boolean) {}

  add(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (this.settles) delivery.settle();
  }

  get texts(): string[] {
    return this.deliveries.map(({ body }) => body.toString());
  }

  async until(count: number): Promise<string[]> {
    await eventually(() => this.deliveries.length >= count, PATIENCE);
    return this.texts;
  }
}

/** What the cases of the suite have at hand; `client` is another one in each. */
export interface ConformanceSuite {
  readonly broker: BrokerUnderTest;
  readonly client: Client;
  /** When the queues were declared, as `performance.now()`. */
  readonly declaredAt: number;
  /** One more client, started, and stopped after the case. */
  another(topology?: Topology): Promise<Client>;
}

/** `0`, `1`, …: texts of messages. */
export const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
