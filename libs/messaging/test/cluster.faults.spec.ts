import { setTimeout as delay } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import type { ServiceName } from '@heddle/contracts';
import { type RabbitmqCluster, type RabbitmqClusterNode, startRabbitmqCluster } from '@heddle/local';
import { createTestDatabase, eventually, type TestDatabase } from '@heddle/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BrokerConnections, type RunningService, runningTestService } from '../src/index.ts';
import { Ledger } from './ledger.ts';
import { TestService } from './mesh.ts';
import { RecordedLoad, TakesBatches, TakesSingly } from './recorded-load.ts';

/** RabbitMQ 3.10 flushes its register of quorum queues late: one that is declared right before a crash can't be used afterwards. */
const REGISTER_FLUSH_MS = 6_000;
/** Above the heartbeat between client and broker (5 s, two may be missed) and the nodes' own (8 s). */
const NOTICED_MS = 60_000;
const BALANCED = { lost: [], doubled: [], invented: [] };

describe('three brokers as a cluster', () => {
  let cluster: RabbitmqCluster;
  let database: TestDatabase;
  let ledger: Ledger;
  let fabric: TestService;
  let load: RecordedLoad | undefined;
  const services: RunningService[] = [];

  const start = async (service: ServiceName, controllers: Type<unknown>[] = []) => {
    const running = await runningTestService({ service, databaseUrl: database.url, amqpUrl: cluster.amqpUrl, controllers, logLevel: 'silent' });
    services.push(running);
    return new TestService(running);
  };
  const health = async ({ running }: TestService) => (await fetch(`${running.http.url}/readyz`)).json() as Promise<{ status: string }>;

  beforeAll(async () => {
    [cluster, database] = await Promise.all([startRabbitmqCluster(), createTestDatabase()]);
    ledger = await Ledger.open(database.url);
    fabric = await start('fabric');
    await Promise.all([start('git-sync', [TakesSingly]), start('k8s-sync', [TakesBatches])]);
    await delay(REGISTER_FLUSH_MS);
  }, 150_000);
  afterEach(async () => {
    await load?.stop();
    cluster.heal();
  });
  afterAll(async () => {
    for (const service of services) await service.stop();
    await cluster?.stop();
    await database?.drop();
  }, 60_000);

  /** Waits until so many more commits have had their effect. */
  const flows = async (more = 40, timeout = NOTICED_MS) => {
    const before = await ledger.effects();
    await eventually(async () => await ledger.effects() >= before + more, { timeout, interval: 100 });
  };
  const balances = async () => {
    await load?.stop();
    await ledger.untilEffected();
    await eventually(async () => await fabric.count('outbox') === 0, { timeout: 20_000 });
    expect(await ledger.balance()).toEqual(BALANCED);
  };

  it('loses and doubles nothing while each is killed in turn', { timeout: 300_000 }, async () => {
    load = new RecordedLoad(fabric, ledger);
    for (const node of cluster.nodes) {
      await flows();
      await node.kill();
      await flows();
      await node.restart();
      await cluster.untilWhole();
    }
    await balances();
  });

  it('pauses without a majority, and loses nothing', { timeout: 240_000 }, async () => {
    load = new RecordedLoad(fabric, ledger);
    await flows();
    const [first, second] = cluster.nodes as [RabbitmqClusterNode, RabbitmqClusterNode];
    await Promise.all([first.kill(), second.kill()]);
    await eventually(async () => (await health(fabric)).status === 'degraded', { timeout: NOTICED_MS });
    const committed = ledger.size;
    await eventually(() => ledger.size > committed + 100, { timeout: 30_000 });
    expect(await fabric.count('outbox')).toBeGreaterThan(50);
    expect(load.failures).toBe(0);
    await Promise.all([first.restart(), second.restart()]);
    await flows(40, 60_000);
    await cluster.untilWhole();
    await balances();
    await eventually(async () => (await health(fabric)).status === 'ready', { timeout: NOTICED_MS });
  });

  it.each(['silent', 'refused'] as const)('loses and doubles nothing in a partition whose sides are %s', { timeout: 240_000 }, async (how) => {
    load = new RecordedLoad(fabric, ledger);
    await flows();
    // Where the services are connected: what they publish there has no majority.
    const side = cluster.nodes.find(({ amqpUrl }) => new URL(amqpUrl).port === connectedTo(fabric))!;
    cluster.isolate(side, how);
    await eventually(() => connectedTo(fabric) !== new URL(side.amqpUrl).port && connectedTo(fabric) !== undefined, { timeout: NOTICED_MS });
    await flows();
    cluster.heal();
    await cluster.untilWhole();
    await flows();
    await balances();
  });

  /** Wakes frozen nodes up; where RabbitMQ stays apart, which it may for good, starts them anew, as an operator would. */
  const wakeUp = async (...frozen: RabbitmqClusterNode[]) => {
    for (const node of frozen) node.resume();
    const whole = await cluster.untilWhole(20_000).then(() => true, () => false);
    if (whole) return;
    await Promise.all(frozen.map((node) => node.kill()));
    await Promise.all(frozen.map((node) => node.restart()));
    await cluster.untilWhole();
  };

  it('goes on while one is frozen, and when it wakes up', { timeout: 240_000 }, async () => {
    load = new RecordedLoad(fabric, ledger);
    await flows();
    const frozen = cluster.nodes.find(({ amqpUrl }) => new URL(amqpUrl).port === connectedTo(fabric))!;
    frozen.pause();
    await eventually(() => connectedTo(fabric) !== new URL(frozen.amqpUrl).port && connectedTo(fabric) !== undefined, { timeout: NOTICED_MS });
    await flows();
    await wakeUp(frozen);
    await balances();
  });

  it('start a service without a majority, degraded, and it recovers', { timeout: 240_000 }, async () => {
    const [first, second] = cluster.nodes as [RabbitmqClusterNode, RabbitmqClusterNode];
    first.pause();
    second.pause();
    const late = await start('notification');
    expect((await health(late)).status).toBe('degraded');
    await wakeUp(first, second);
    await eventually(async () => (await health(late)).status === 'ready', { timeout: 60_000 });
    load = new RecordedLoad(fabric, ledger);
    await flows();
    await balances();
  });
});

/** The port of the node that a service publishes to; absent while it is not connected. */
function connectedTo({ running }: TestService): string | undefined {
  const stream = running.app.get(BrokerConnections).publish.current?.connection as { stream?: { remotePort?: number } } | undefined;
  return stream?.stream?.remotePort?.toString();
}
