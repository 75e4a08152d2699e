import { Logger } from '@heddle/platform';
import { MemoryBroker } from '../src/transport/memory/memory-broker.ts';
import { MemoryTransport } from '../src/transport/memory/memory-transport.ts';
import type { BrokerUnderTest } from './broker-under-test.ts';

/** A memory broker of its own. */
export async function memoryBrokerUnderTest(): Promise<BrokerUnderTest> {
  const broker = new MemoryBroker();
  const logger = Logger.create('conformance', 'silent');
  return {
    priorities: true, registerFlushMs: 0,
    transport: (topology) => new MemoryTransport({ name: 'conformance', broker, topology, logger }),
    declare: async ({ exchanges = [], queues = [] }) => {
      for (const { name, ...settings } of exchanges) broker.declareExchange(name, settings);
      for (const { name, bindings = [], ...settings } of queues) {
        broker.declareQueue(name, settings);
        for (const { exchange, key } of bindings) broker.bind(name, exchange, key);
      }
    },
    dropConnections: async () => broker.dropConnections(),
    dropChannels: async () => broker.dropChannels(),
    deleteQueue: async (name) => broker.deleteQueue(name),
    alarm: async (on) => broker.alarm(on ? 'low on memory' : undefined),
    restart: async () => {
      broker.stop();
      broker.start();
    },
    stop: async () => broker.stop(),
  };
}
