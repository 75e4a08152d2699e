import { TopologyDeclarer, type TopologyDeclarerOptions } from '../topology/topology-declarer.ts';
import { BrokerConnection, type BrokerConnectionOptions } from './broker-connection.ts';

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

  /** Declares what is missing again, after somebody deleted a queue or a binding, and compares the rest. */
  async declareAgain(): Promise<void> {
    const connection = this.publish.current;
    if (connection) await this.declarer.declare(connection);
  }

  async close(): Promise<void> {
    await Promise.all([this.publish.close(), this.consume.close()]);
  }
}
