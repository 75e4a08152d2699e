import { Inject, Injectable } from '@nestjs/common';
import { Database, Logger } from '@heddle/platform';
import { BrokerConnections } from '../broker/broker-connections.ts';
import type { Consumer } from '../consume/consumer.ts';
import { DatabaseWatch } from '../consume/database-watch.ts';
import { HandlerChain } from '../consume/handler-chain.ts';
import { ParkedRetrier } from '../consume/parked-retrier.ts';
import { Subscription } from '../consume/subscription.ts';
import { ParkingLot } from '../inbox/parking-lot.ts';
import { BusMetrics } from './bus-metrics.ts';

/** All that a service consumes: a subscription for each consumer, and the retries of what they parked. */
@Injectable()
export class Consumption {
  #subscriptions: Subscription[] = [];
  #retrier: ParkedRetrier | undefined;

  constructor(
    @Inject(BrokerConnections) private readonly connections: BrokerConnections,
    @Inject(Database) private readonly database: Database,
    @Inject(ParkingLot) private readonly parkingLot: ParkingLot,
    @Inject(DatabaseWatch) private readonly watch: DatabaseWatch,
    @Inject(BusMetrics) private readonly metrics: BusMetrics,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  start(consumers: readonly Consumer[]): void {
    const { database, parkingLot, watch, metrics, logger } = this;
    const chains = new Map(consumers.map((consumer) => [consumer.queue, { consumer, chain: new HandlerChain(consumer, { database, parkingLot, watch, metrics, logger }) }]));
    this.#subscriptions = [...chains.values()].map(({ consumer, chain }) => new Subscription({
      consumer, chain, connection: this.connections.consume, metrics, logger, declare: () => this.connections.declareAgain(),
    }));
    for (const subscription of this.#subscriptions) {
      watch.register(subscription);
      subscription.start();
    }
    this.#retrier = new ParkedRetrier(chains, parkingLot, watch, logger);
    this.#retrier.start();
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
}
