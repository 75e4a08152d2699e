import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { type Rabbitmq, startRabbitmq } from '@heddle/local';
import { createTestDatabase, eventually, type TestDatabase } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageContext, OnMessage, type RunningService, runningTestService } from '../src/index.ts';
import { TestService, wanted } from './mesh.ts';

/** RabbitMQ 3.10 flushes its register of quorum queues late: one that is declared right before a crash can't be used afterwards. */
const REGISTER_FLUSH_MS = 6_000;

@Controller()
class Reads {
  @OnMessage('revision.wanted')
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    await tx.query('INSERT INTO effect (reason) VALUES ($1)', [reason]);
  }
}

describe('a broker that is killed under load', () => {
  let database: TestDatabase;
  let broker: Rabbitmq;
  const services: RunningService[] = [];

  beforeAll(async () => {
    [database, broker] = await Promise.all([createTestDatabase(), startRabbitmq()]);
  }, 120_000);
  afterAll(async () => {
    for (const service of services) await service.stop();
    await broker.stop();
    await database.drop();
  }, 60_000);

  const start = async (service: 'fabric' | 'git-sync', controllers: (typeof Reads)[] = []) => {
    const running = await runningTestService({ service, databaseUrl: database.url, amqpUrl: broker.amqpUrl, controllers, logLevel: 'silent' });
    services.push(running);
    return new TestService(running);
  };

  it('loses no commit and doubles no effect', { timeout: 120_000 }, async () => {
    const fabric = await start('fabric');
    const gitSync = await start('git-sync', [Reads]);
    await gitSync.database.query('CREATE TABLE effect (reason text)');
    await delay(REGISTER_FLUSH_MS);

    const reasons = Array.from({ length: 400 }, () => randomBytes(8).toString('hex'));
    const publishing = (async () => {
      for (const reason of reasons) {
        await fabric.publish('revision.wanted', wanted(reason));
        await delay(2);
      }
    })();
    await eventually(async () => await gitSync.count('effect') > 50);
    await broker.kill();
    await publishing;
    expect(await fabric.count('outbox')).toBeGreaterThan(0);
    await broker.restart();

    await eventually(async () => await gitSync.count('effect') >= reasons.length, { timeout: 60_000 });
    await eventually(async () => await fabric.count('outbox') === 0);
    const effects = (await gitSync.database.query<{ reason: string }>('SELECT reason FROM effect')).map(({ reason }) => reason);
    expect(effects.toSorted()).toEqual(reasons.toSorted());
  });
});
