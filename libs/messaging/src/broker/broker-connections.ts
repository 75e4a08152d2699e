import { TopologyDeclarer, type TopologyDeclarerOptions } from '../topology/topology-declarer.ts';
import { BrokerConnection, type BrokerConnectionOptions } from './broker-connection.ts';
import { within } from './within.ts';

const DECLARE_TIMEOUT_MS = 30_000;

export interface BrokerConnectionsOptions extends TopologyDeclarerOptions {
  /** For logs and the broker's list of connections: whose connections they are. */
  name: string;
  urls: readonly string[];
}

/** The process's connections to RabbitMQ: one to publish and one to consume, since a broker in need stops reading from publishers, acknowledgements included. */
export class BrokerConnections {
  readonly publish: BrokerConnection;
  readonly consume: BrokerConnection;
  readonly declarer: TopologyDeclarer;
  #declaring: Promise<void> | undefined;
  #declaringNext: Promise<void> | undefined;

  constructor({ name, urls, ...declaring }: BrokerConnectionsOptions) {
    const { logger } = declaring;
    this.declarer = new TopologyDeclarer(declaring);
    const prepare: BrokerConnectionOptions['prepare'] = (connection, url) => this.declarer.prepare(connection, url);
    this.publish = new BrokerConnection({ name: `${name} publish`, urls, logger, prepare });
    this.consume = new BrokerConnection({ name: `${name} consume`, urls, logger, prepare });
  }

  start(): void {
    this.publish.start();
    this.consume.start();
  }

  /** What is wrong, for health checks; absent when all is well. */
  get fault(): string | undefined {
    return this.publish.fault ?? this.consume.fault;
  }

  /** True once both are up; false when that takes longer. */
  async untilUp(timeoutMs: number): Promise<boolean> {
    const up = await Promise.all([this.publish.untilUp(timeoutMs), this.consume.untilUp(timeoutMs)]);
    return up.every(Boolean);
  }

  /**
   * Declares what is missing again, after somebody deleted a queue or a binding, and compares the rest. Who asks while it runs
   * shares one more run after it: what was deleted a moment ago may have been passed already.
   */
  declareAgain(): Promise<void> {
    if (!this.#declaring) return this.#declaring = this.declare().finally(() => { this.#declaring = undefined; });
    return this.#declaringNext ??= this.#declaring.catch(() => undefined).then(() => {
      this.#declaringNext = undefined;
      return this.declareAgain();
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.publish.close(), this.consume.close()]);
  }

  private async declare(): Promise<void> {
    const connection = this.publish.current;
    // In an alarm the broker reads nothing from who publishes: declarations would only queue up, and run all at once at its end.
    if (connection && this.publish.blocked === undefined) await within(DECLARE_TIMEOUT_MS, 'declaring the topology', this.declarer.declare(connection));
  }
}
