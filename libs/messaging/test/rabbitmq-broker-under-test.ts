import { startRabbitmq, TcpProxy } from '@heddle/local';
import { Logger } from '@heddle/platform';
import amqp from 'amqplib';
import type { QueueSettings } from '../src/transport/memory/memory-queue.ts';
import { RabbitmqTransport } from '../src/transport/rabbitmq/rabbitmq-transport.ts';
import type { BrokerUnderTest, Declarations } from './broker-under-test.ts';

/** RabbitMQ 3.10 flushes its register of quorum queues late: one that is declared right before a crash can't be used afterwards. */
const REGISTER_FLUSH_MS = 6_000;
/** RabbitMQ's own default. */
const MEMORY_WATERMARK = '0.4';

/** A RabbitMQ of its own; its clients reach it through a proxy, where their connections can be cut. */
export async function rabbitmqBrokerUnderTest(): Promise<BrokerUnderTest> {
  const broker = await startRabbitmq();
  const proxy = await TcpProxy.before(broker.amqpUrl, 5672);
  const logger = Logger.create('conformance', 'silent');
  const onChannel = async (work: (channel: amqp.Channel) => Promise<void>) => {
    const connection = await amqp.connect(broker.amqpUrl);
    try {
      await work(await connection.createChannel());
    } finally {
      await connection.close();
    }
  };
  return {
    priorities: false, registerFlushMs: REGISTER_FLUSH_MS,
    transport: (topology) => new RabbitmqTransport({ name: 'conformance', urls: [proxy.url], topology, logger }),
    declare: (declarations) => onChannel((channel) => declare(channel, declarations)),
    dropConnections: async () => {
      proxy.cut();
      proxy.restore();
    },
    dropChannels: async (transport) => closeChannels((transport as RabbitmqTransport).connections.consume.current!),
    deleteQueue: (name) => onChannel(async (channel) => { await channel.deleteQueue(name); }),
    alarm: async (on) => { await broker.control('set_vm_memory_high_watermark', on ? '0' : MEMORY_WATERMARK); },
    restart: async () => {
      await broker.kill();
      await broker.restart();
    },
    stop: async () => {
      await proxy.close();
      await broker.stop();
    },
  };
}

async function declare(channel: amqp.Channel, { exchanges = [], queues = [] }: Declarations): Promise<void> {
  for (const { name, type, hashHeader } of exchanges) {
    await channel.assertExchange(name, type === 'consistent-hash' ? 'x-consistent-hash' : type, { durable: true, ...(hashHeader !== undefined && { arguments: { 'hash-header': hashHeader } }) });
  }
  for (const { name, bindings = [], ...settings } of queues) {
    await channel.assertQueue(name, queueOptions(settings));
    for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
  }
}

function queueOptions({ singleActiveConsumer, ttlMs, deadLetter }: QueueSettings): amqp.Options.AssertQueue {
  return {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      ...(singleActiveConsumer && { 'x-single-active-consumer': true }),
      ...(ttlMs !== undefined && { 'x-message-ttl': ttlMs }),
      ...(deadLetter && { 'x-dead-letter-exchange': deadLetter.exchange, ...(deadLetter.routingKey !== undefined && { 'x-dead-letter-routing-key': deadLetter.routingKey }) }),
    },
  };
}

/** Acknowledges on each channel what it never had: the broker closes just this channel. */
function closeChannels({ connection }: amqp.ChannelModel): void {
  const { channels } = connection as unknown as { channels: ({ channel?: amqp.Channel } | null)[] };
  for (const slot of channels.slice(1)) {
    const channel = slot?.channel;
    if (channel && 'ack' in channel) channel.ack({ fields: { deliveryTag: 999_999 } } as amqp.Message);
  }
}
