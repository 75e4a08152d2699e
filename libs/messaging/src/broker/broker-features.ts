import type { ChannelModel } from 'amqplib';

/** What the connected broker can do, told by the properties it sends in the handshake; no management API is needed. */
export interface BrokerFeatures {
  product: string;
  version: string;
  /** Replicated queues, from RabbitMQ 3.8 on; else durable classic ones are declared. */
  quorumQueues: boolean;
  /** Priorities 0-9 on quorum queues, from RabbitMQ 4.3 on. */
  quorumPriorities: boolean;
}

/** Reads the features off a connection. */
export function detectFeatures(connection: ChannelModel): BrokerFeatures {
  const { product, version } = connection.connection.serverProperties as { product?: unknown; version?: unknown };
  return featuresOf(String(product ?? 'unknown'), String(version ?? '0.0'));
}

/** The features of a product and version; an unknown product is trusted with classic queues only. */
export function featuresOf(product: string, version: string): BrokerFeatures {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const atLeast = (wantedMajor: number, wantedMinor: number) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const rabbit = product === 'RabbitMQ';
  return { product, version, quorumQueues: rabbit && atLeast(3, 8), quorumPriorities: rabbit && atLeast(4, 3) };
}
