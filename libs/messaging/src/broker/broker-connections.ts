import { Inject, Injectable } from '@nestjs/common';
import { HealthRegistry, Logger } from '@heddle/platform';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { extendTopology } from '../topology/extend-topology.ts';
import { TopologyDeclarer } from '../topology/topology-declarer.ts';
import { topologyOf } from '../topology/topology.ts';
import { brokerUrls } from './broker-address.ts';
import { BrokerConnection, type BrokerConnectionOptions } from './broker-connection.ts';

/** The process's connections: one to publish and one to consume, since a broker in need stops reading from publishers, acknowledgements included. */
@Injectable()
export class BrokerConnections {
  readonly publish: BrokerConnection;
  readonly consume: BrokerConnection;
  readonly declarer: TopologyDeclarer;

  constructor(@Inject(MESSAGING_OPTIONS) { service, amqpUrls, topology = {}, without = [] }: MessagingOptions, @Inject(Logger) logger: Logger, @Inject(HealthRegistry) health: HealthRegistry) {
    const urls = typeof amqpUrls === 'string' ? brokerUrls(amqpUrls) : amqpUrls;
    this.declarer = new TopologyDeclarer({ topology: extendTopology(topologyOf(), topology), without, logger });
    const prepare: BrokerConnectionOptions['prepare'] = (connection, url) => this.declarer.prepare(connection, url);
    this.publish = new BrokerConnection({ name: `${service} publish`, urls, logger, prepare });
    this.consume = new BrokerConnection({ name: `${service} consume`, urls, logger, prepare });
    // Not critical: what is written goes on without the broker, and leaves when it is back.
    health.register('rabbitmq', async () => {
      const fault = this.publish.fault ?? this.consume.fault;
      return { ok: fault === undefined, message: fault ?? 'connected' };
    }, { critical: false });
  }

  start(): void {
    this.publish.start();
    this.consume.start();
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
