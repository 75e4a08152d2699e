import { setTimeout as delay } from 'node:timers/promises';
import type { Type } from '@nestjs/common';
import { type Rabbitmq, startRabbitmq } from '@heddle/local';
import { createTestDatabase, eventually, type TestDatabase } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, runningTestService } from '../src/index.ts';
import { Ledger } from './ledger.ts';
import { TestService } from './mesh.ts';
import { RecordedLoad, TakesSingly } from './recorded-load.ts';

/** RabbitMQ 3.10 flushes its register of quorum queues late: one that is declared right before a crash can't be used afterwards. */
const REGISTER_FLUSH_MS = 6_000;

describe('a broker that is killed under load', () => {
  let database: TestDatabase;
  let broker: Rabbitmq;
  let ledger: Ledger;
  let load: RecordedLoad | undefined;
  const services: RunningService[] = [];

  beforeAll(async () => {
    [database, broker] = await Promise.all([createTestDatabase(), startRabbitmq()]);
    ledger = await Ledger.open(database.url);
  }, 120_000);
  afterAll(async () => {
    await load?.stop();
    for (const service of services) await service.stop();
    await broker.stop();
    await database.drop();
  }, 60_000);

  const start = async (service: 'fabric' | 'git-sync', controllers: Type<unknown>[] = []) => {
    const running = await runningTestService({ service, databaseUrl: database.url, amqpUrl: broker.amqpUrl, controllers, logLevel: 'silent' });
    services.push(running);
    return new TestService(running);
  };

  it('loses no commit and doubles no effect', { timeout: 120_000 }, async () => {
    const fabric = await start('fabric');
    await start('git-sync', [TakesSingly]);
    await delay(REGISTER_FLUSH_MS);

    load = new RecordedLoad(fabric, ledger, { consumers: ['git-sync'] });
    await eventually(async () => await ledger.effects() > 50);
    await broker.kill();
    const committed = ledger.size;
    await eventually(() => ledger.size > committed + 200, { timeout: 30_000 });
    expect(await fabric.count('outbox')).toBeGreaterThan(0);
    expect(load.failures).toBe(0);
    await broker.restart();

    await load.stop();
    await ledger.untilEffected();
    await eventually(async () => await fabric.count('outbox') === 0);
    expect(await ledger.balance()).toEqual({ lost: [], doubled: [], invented: [] });
  });
});
