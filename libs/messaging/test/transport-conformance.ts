import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import type { BrokerUnderTest } from './broker-under-test.ts';
import { Client, type ConformanceSuite, TOPOLOGY } from './conformance-client.ts';
import { askingConforms } from './conformance-of-asking.ts';
import { consumingConforms } from './conformance-of-consuming.ts';
import { publishingConforms } from './conformance-of-publishing.ts';
import { recoveryConforms } from './conformance-of-recovery.ts';
import { topologyConforms } from './conformance-of-topology.ts';

/**
 * What the bus relies on, whatever the broker is: one suite, run on every transport. Each case has queues of its own on
 * one broker that belongs to the suite.
 */
export function transportConformance(name: string, start: () => Promise<BrokerUnderTest>): void {
  describe(`the transport on ${name}`, () => {
    let broker: BrokerUnderTest;
    let client: Client;
    let clients: Client[] = [];
    let declaredAt: number;
    const suite: ConformanceSuite = {
      get broker() { return broker; },
      get client() { return client; },
      get declaredAt() { return declaredAt; },
      another: async (topology = TOPOLOGY) => {
        const made = new Client(broker.transport(topology));
        clients.push(made);
        return made.start();
      },
    };

    beforeAll(async () => {
      broker = await start();
      const first = await suite.another();
      await first.stop();
      clients = [];
      declaredAt = performance.now();
    }, 180_000);
    afterAll(() => broker.stop(), 60_000);
    beforeEach(async () => { client = await suite.another(); });
    afterEach(async () => {
      for (const each of clients) await each.stop();
      clients = [];
    });

    publishingConforms(suite);
    consumingConforms(suite);
    topologyConforms(suite);
    askingConforms(suite);
    // The last of them crashes the broker.
    recoveryConforms(suite);
  });
}
