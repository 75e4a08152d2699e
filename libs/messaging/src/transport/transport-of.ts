import { brokerUrls } from '../broker/broker-address.ts';
import type { TopologyDeclarerOptions } from '../topology/topology-declarer.ts';
import { MemoryBroker } from './memory/memory-broker.ts';
import { MemoryTransport } from './memory/memory-transport.ts';
import { RabbitmqTransport } from './rabbitmq/rabbitmq-transport.ts';
import type { Transport } from './transport.ts';

const MEMORY = 'memory:';

export interface TransportOfOptions extends TopologyDeclarerOptions {
  /** For logs and the broker's list of connections: whose transport it is. */
  name: string;
  /** amqp(s) URLs separated by commas or as a list, or `memory:<name>`. */
  urls: string | readonly string[];
}

/** The transport that the URLs mean: RabbitMQ, or the broker in this process of a name. @throws on an empty list or another protocol */
export function transportOf({ urls, ...options }: TransportOfOptions): Transport {
  if (typeof urls === 'string' && urls.startsWith(MEMORY)) return new MemoryTransport({ ...options, broker: MemoryBroker.named(urls.slice(MEMORY.length)) });
  return new RabbitmqTransport({ ...options, urls: typeof urls === 'string' ? brokerUrls(urls) : urls });
}
