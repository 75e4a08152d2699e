import { setTimeout as delay } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import type { ServiceName } from '@heddle/contracts';
import { type RabbitmqCluster, type RabbitmqClusterNode, startRabbitmqCluster } from '@heddle/local';
import { createTestDatabase, eventually, type TestDatabase } from '@heddle/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BrokerConnections, type RunningService, runningTestService } from '../src/index.ts';
import { describeBroker } from '../src/broker/broker-address.ts';
import { NodeWatch } from '../src/observe/node-watch.ts';
import { Ledger } from './ledger.ts';
import { TestService } from './mesh.ts';
import { RecordedLoad, TakesBatches, TakesSingly } from './recorded-load.ts';

/** RabbitMQ 3.10 flushes its register of quorum queues late: one that is declared right before a crash can't be used afterwards. */
const REGISTER_FLUSH_MS = 6_000;
/** Above the heartbeat between client and broker (5 s, two may be missed) and the nodes' own (8 s). */
const NOTICED_MS = 60_000;
/** Nodes that pause after they woke up are back after 3 to 21 s (measured, two cores under load). */
const TOGETHER_AGAIN_MS = 40_000;
const STAYS_APART_MS = 12_000;
const BALANCED = { lost: [], doubled: [], invented: [] };

describe('three brokers as a cluster', () => {
  let cluster: RabbitmqCluster;
  let database: TestDatabase;
  let ledger: Ledger;
  let fabric: TestService;
  let watch: NodeWatch;
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
    const [gateway] = await Promise.all([start('gateway'), start('git-sync', [TakesSingly]), start('k8s-sync', [TakesBatches])]);
    watch = gateway.running.app.get(NodeWatch);
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

  const handlePartitions = (how: 'ignore' | 'pause_minority') => Promise.all(cluster.nodes.map((node) => node.control('eval', `application:set_env(rabbit, cluster_partition_handling, ${how}).`)));
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

  /** Where the services are connected. */
  const inUse = () => cluster.nodes.find(({ amqpUrl }) => new URL(amqpUrl).port === connectedTo(fabric))!;
  const untilLeft = (node: RabbitmqClusterNode) => eventually(() => ![undefined, new URL(node.amqpUrl).port].includes(connectedTo(fabric)), { timeout: NOTICED_MS });

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
    // What they publish there has no majority.
    const side = inUse();
    cluster.isolate(side, how);
    await untilLeft(side);
    await flows();
    cluster.heal();
    await cluster.untilWhole();
    await flows();
    await balances();
  });

  /** As docs/bus.md tells an operator to. */
  const startAnew = async (...nodes: RabbitmqClusterNode[]) => {
    await Promise.all(nodes.map((node) => node.kill()));
    await Promise.all(nodes.map((node) => node.restart()));
    await cluster.untilWhole();
  };

  /** Whether the nodes find together by themselves is a race within RabbitMQ: those that wake up pause only if they notice that they were away before the others reach them again. */
  const wakeUp = async (...frozen: RabbitmqClusterNode[]) => {
    for (const node of frozen) node.resume();
    const whole = await cluster.untilWhole(TOGETHER_AGAIN_MS).then(() => true, () => false);
    if (!whole) await startAnew(...frozen);
  };

  it('goes on while one is frozen, and when it wakes up', { timeout: 240_000 }, async () => {
    load = new RecordedLoad(fabric, ledger);
    await flows();
    const frozen = inUse();
    frozen.pause();
    await untilLeft(frozen);
    await flows();
    await wakeUp(frozen);
    await flows();
    await balances();
  });

  it('goes on while they stay apart after one woke up, and when that one is started anew', { timeout: 240_000 }, async () => {
    load = new RecordedLoad(fabric, ledger);
    await flows();
    expect(await watch.look()).toEqual([]);
    // What the race leaves behind, for certain.
    await handlePartitions('ignore');
    const frozen = inUse();
    frozen.pause();
    await Promise.all([untilLeft(frozen), cluster.untilLost(frozen)]);
    frozen.resume();
    await expect(cluster.untilWhole(STAYS_APART_MS)).rejects.toThrow(/apart from/);
    await handlePartitions('pause_minority');
    await flows();
    const name = describeBroker(frozen.amqpUrl);
    const apart = await watch.look();
    expect(apart.length).toBeGreaterThanOrEqual(2);
    expect(apart.filter(({ node, from }) => node !== name && from !== name)).toEqual([]);
    await startAnew(frozen);
    expect(await watch.look()).toEqual([]);
    await flows();
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
