import amqp, { type ChannelModel } from 'amqplib';
import { describeError } from '@heddle/platform';
import type { BrokerUrl } from './broker-address.ts';
import { within } from './within.ts';

const PROBE_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** What a broker can or can't do. */
export interface BrokerAbilities {
  /** Replicated queues, from RabbitMQ 3.8 on; else durable classic ones are declared. */
  quorumQueues: boolean;
  /** Priorities 0-9 on quorum queues, from RabbitMQ 4.3 on. */
  quorumPriorities: boolean;
  /** Quorum queues hand over what expired only when it has arrived, from RabbitMQ 3.10 on. */
  atLeastOnceDeadLettering: boolean;
  /** The plugin rabbitmq_consistent_hash_exchange is enabled. */
  consistentHash: boolean;
}

/** What the connected broker can do, by the properties that it sends in the handshake and, for its plugins, by trying; no management API is needed. */
export interface BrokerFeatures extends BrokerAbilities {
  product: string;
  version: string;
}

/**
 * Reads the features off a connection.
 * @param url of the same node; its plugins are asked for on a connection of their own
 * @param without what is not to be used though the broker has it
 */
export async function detectFeatures(connection: ChannelModel, url: BrokerUrl, without: readonly (keyof BrokerAbilities)[] = []): Promise<BrokerFeatures> {
  const { product, version } = connection.connection.serverProperties as { product?: unknown; version?: unknown };
  const features = featuresOf(String(product ?? 'unknown'), String(version ?? '0.0'), without.includes('consistentHash') ? false : await hasExchangeType(url, 'x-consistent-hash'));
  return { ...features, ...Object.fromEntries(without.map((ability) => [ability, false])) };
}

/** The features of a product and version; an unknown product is trusted with classic queues only. */
export function featuresOf(product: string, version: string, consistentHash: boolean): BrokerFeatures {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const atLeast = (wantedMajor: number, wantedMinor: number) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const rabbit = product === 'RabbitMQ';
  return {
    product, version, consistentHash,
    quorumQueues: rabbit && atLeast(3, 8), quorumPriorities: rabbit && atLeast(4, 3), atLeastOnceDeadLettering: rabbit && atLeast(3, 10),
  };
}

/** What the features mean for those who rely on the bus, for people to read. */
export function choicesOf(features: BrokerFeatures): string[] {
  const { quorumQueues, quorumPriorities, atLeastOnceDeadLettering, consistentHash } = features;
  return [
    quorumQueues ? 'queues are replicated (quorum)' : 'queues are durable on one node (classic): this broker has no replicated ones',
    quorumQueues && !quorumPriorities ? 'priorities have no effect: this broker can not have both, and durability and replication win' : 'priorities 0-9, highest first',
    consistentHash ? 'the order of keys is kept by many consumers' : 'the order of keys is kept by one consumer at a time for each message type: enable the plugin rabbitmq_consistent_hash_exchange for more',
    quorumQueues && atLeastOnceDeadLettering ? 'expired messages are handed over at least once' : 'expired messages may be lost when the broker stops while it hands them over',
  ];
}

/**
 * Whether the broker knows a type of exchange. Naming an unknown one ends the connection that asks: hence a throw-away one.
 * @throws when the broker can't be asked
 */
export async function hasExchangeType(url: BrokerUrl, type: string): Promise<boolean> {
  const connection = await amqp.connect(url, { timeout: PROBE_TIMEOUT_MS, clientProperties: { connection_name: 'heddle features' } });
  let refusal: unknown;
  // What ends the connection is told here alone; the call only learns that there will be no answer.
  connection.on('error', (error: unknown) => { refusal = error; });
  try {
    const channel = await connection.createChannel();
    channel.on('error', (error: unknown) => { refusal = error; });
    const name = `heddle.probe.${crypto.randomUUID()}`;
    await within(PROBE_TIMEOUT_MS, `asking for exchanges of type '${type}'`, channel.assertExchange(name, type, { durable: false }));
    await channel.deleteExchange(name);
    return true;
  } catch (error) {
    if (/unknown exchange type/.test(describeError(refusal ?? error))) return false;
    throw refusal ?? error;
  } finally {
    await within(CLOSE_TIMEOUT_MS, 'closing a connection', connection.close()).catch(() => undefined); // mostly ended by the refusal already
  }
}
