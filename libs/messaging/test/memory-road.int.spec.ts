import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { type MessageData, repositoryDelete } from '@heddle/contracts';
import { Unavailable } from '@heddle/platform';
import { createTestDatabase, eventually, type TestDatabase } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusClient, MemoryBroker, type MessageContext, OnMessage, OnRequest, type RunningService, runningTestService } from '../src/index.ts';
import { TestService, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';
const attempts: string[] = [];
const id = randomUUID();

@Controller()
class Reads {
  @OnRequest(repositoryDelete)
  async remove(): Promise<{ id: string }> {
    return { id };
  }

  @OnMessage('revision.wanted', { retryDelaysMs: [50] })
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx, attempt }: MessageContext): Promise<void> {
    attempts.push(`${reason} ${attempt}`);
    await tx.query('INSERT INTO effect (reason) VALUES ($1)', [reason]);
    if (reason === 'flaky' && attempt === 1) throw new Unavailable({ code: 'NET-010', message: 'away', remedy: 'wait' });
  }
}

describe('services on a memory broker', () => {
  let database: TestDatabase;
  let broker: MemoryBroker;
  let fabric: TestService;
  let gitSync: TestService;
  let gateway: TestService;
  const services: RunningService[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    const name = randomUUID();
    broker = MemoryBroker.named(name);
    const start = async (service: 'fabric' | 'git-sync' | 'gateway', controllers: (typeof Reads)[] = []) => {
      const running = await runningTestService({ service, databaseUrl: database.url, amqpUrl: `memory:${name}`, controllers, logLevel: 'silent' });
      services.push(running);
      return new TestService(running);
    };
    fabric = await start('fabric');
    gitSync = await start('git-sync', [Reads]);
    gateway = await start('gateway');
    await gitSync.database.query('CREATE TABLE effect (reason text)');
  });
  afterAll(async () => {
    for (const service of services.toReversed()) await service.stop();
    await database.drop();
  });

  const onceEffected = (reason: string) => eventually(async () => await gitSync.count('effect', `reason = '${reason}'`) === 1);
  const untilReady = async (ok: boolean) => eventually(async () => {
    const report = await (await fetch(`${fabric.running.http.url}/readyz`)).json() as { checks: { rabbitmq: { ok: boolean } } };
    expect(report.checks.rabbitmq.ok).toBe(ok);
  });

  it('bring a message from outbox to inbox, and retry it', async () => {
    await fabric.publish('revision.wanted', wanted('flaky'));
    await onceEffected('flaky');
    expect(attempts).toEqual(['flaky 1', 'flaky 2']);
    await eventually(async () => await fabric.count('outbox') === 0 && broker.counts(QUEUE)?.messages === 0);
    expect(await gitSync.count('inbox')).toBe(1);
  });

  it('answer questions', async () => {
    expect(await gateway.running.app.get(BusClient).ask(repositoryDelete, { repository: 'r' })).toEqual({ id });
  });

  it('commit while the broker is stopped, and deliver when it is back', async () => {
    broker.stop();
    await untilReady(false);
    await fabric.publish('revision.wanted', wanted('while away'));
    expect(await fabric.count('outbox')).toBe(1);
    await expect(gateway.running.app.get(BusClient).ask(repositoryDelete, { repository: 'r' })).rejects.toMatchObject({ code: 'BUS-022' });
    broker.start();
    await onceEffected('while away');
    await untilReady(true);
  });

  it('lose and double nothing when connections are cut under load', async () => {
    const reasons = Array.from({ length: 100 }, (_, index) => `load ${index}`);
    for (const [index, reason] of reasons.entries()) {
      await fabric.publish('revision.wanted', wanted(reason));
      if (index % 30 === 20) broker.dropConnections();
    }
    await eventually(async () => await gitSync.count('effect', `reason LIKE 'load %'`) >= reasons.length, { timeout: 20_000 });
    await eventually(async () => await fabric.count('outbox') === 0 && broker.counts(QUEUE)?.messages === 0);
    expect(await gitSync.database.query('SELECT reason FROM effect GROUP BY reason HAVING count(*) > 1')).toEqual([]);
  });
});
