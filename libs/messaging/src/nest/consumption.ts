import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock, Database, Logger } from '@heddle/platform';
import type { Consumer } from '../consume/consumer.ts';
import { DatabaseWatch } from '../consume/database-watch.ts';
import { ExpiredMessages } from '../consume/expired-messages.ts';
import { HandlerChain } from '../consume/handler-chain.ts';
import { ParkedRetrier } from '../consume/parked-retrier.ts';
import { preferenceOf } from '../consume/preference-of.ts';
import { type DeliveryHandler, Subscription, type SubscriptionOptions } from '../consume/subscription.ts';
import { BegunAttempts } from '../inbox/begun-attempts.ts';
import { ParkingLot } from '../inbox/parking-lot.ts';
import { Transport } from '../transport/transport.ts';
import { BusMetrics } from './bus-metrics.ts';

const EXPIRED_PREFETCH = 20;

/** All that a service consumes: a subscription for each queue of a consumer, the retries of what they parked, and what expired before they took it. */
@Injectable()
export class Consumption {
  #subscriptions: Subscription[] = [];
  #retrier: ParkedRetrier | undefined;
  readonly #process = randomUUID();
  #chains: ReadonlyMap<string, { consumer: Consumer; chain: HandlerChain }> = new Map();

  constructor(
    @Inject(Transport) private readonly transport: Transport,
    @Inject(Database) private readonly database: Database,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(ParkingLot) private readonly parkingLot: ParkingLot,
    @Inject(BegunAttempts) private readonly begun: BegunAttempts,
    @Inject(DatabaseWatch) private readonly watch: DatabaseWatch,
    @Inject(BusMetrics) private readonly metrics: BusMetrics,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  start(consumers: readonly Consumer[], expiredQueue: string): void {
    const { database, clock, parkingLot, begun, watch, metrics, logger } = this;
    const chains = new Map(consumers.map((consumer) => [consumer.queue, { consumer, chain: new HandlerChain(consumer, { database, clock, parkingLot, begun, watch, metrics, logger }) }]));
    this.#chains = chains;
    for (const queue of chains.keys()) metrics.begin(queue);
    this.#subscriptions = [...chains.values()].flatMap(({ consumer, chain }) => this.subscriptionsOf(consumer, chain));
    const expired = new ExpiredMessages({ consumers, otherwise: expiredQueue, parkingLot, watch, metrics, logger });
    this.#subscriptions.push(this.subscription({ queue: expiredQueue, prefetch: EXPIRED_PREFETCH, order: 'none', batch: undefined }, expiredQueue, expired));
    for (const subscription of this.#subscriptions) {
      watch.register(subscription);
      subscription.start();
    }
    this.#retrier = new ParkedRetrier(chains, parkingLot, watch, logger);
    this.#retrier.start();
  }

  /** The way of messages through a consumer; absent when there is no such handler. */
  chainOf(consumer: string): HandlerChain | undefined {
    return this.#chains.get(consumer)?.chain;
  }

  /** True once every queue is consumed; false when that takes longer. */
  async untilOpen(timeoutMs: number): Promise<boolean> {
    return (await Promise.all(this.#subscriptions.map((subscription) => subscription.untilOpen(timeoutMs)))).every(Boolean);
  }

  /** Finishes what is in hand. */
  async stop(): Promise<void> {
    await this.watch.stop();
    await this.#retrier?.stop();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.stop()));
  }

  /** One for each queue; of an ordered group in an order of this process's own, so that processes which start together don't all come first at the same queues. */
  private subscriptionsOf(consumer: Consumer, chain: HandlerChain): Subscription[] {
    if (consumer.order === 'none') return consumer.queues.map((queue) => this.subscription(consumer, queue, chain));
    return consumer.queues.map((queue) => ({ queue, preference: preferenceOf(this.#process, queue) })).sort((left, right) => right.preference - left.preference)
      .map(({ queue, preference }) => this.subscription(consumer, queue, chain, preference));
  }

  private subscription(consumer: SubscriptionOptions['consumer'], queue: string, chain: DeliveryHandler, priority?: number): Subscription {
    const { transport, metrics, logger } = this;
    return new Subscription({ consumer, queue, chain, transport, metrics, logger, ...(priority !== undefined && { priority }) });
  }
}
