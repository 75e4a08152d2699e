import { Metrics } from '@heddle/platform';
import { type Rabbitmq, startRabbitmq } from '@heddle/local';
import { createTestDatabase, eventually, type TestDatabase } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, runningTestService } from '../src/index.ts';
import { Ledger } from './ledger.ts';
import { TestService } from './mesh.ts';
import { RecordedLoad, TakesBatches, TakesSingly } from './recorded-load.ts';

const QUICK = { confirmTimeoutMs: 1_000, breakerOpenMs: 500, breakerLongestOpenMs: 1_000 };

describe('a broker in an alarm', () => {
  let database: TestDatabase;
  let broker: Rabbitmq;
  let ledger: Ledger;
  let fabric: TestService;
  const services: RunningService[] = [];

  const start = async (service: 'fabric' | 'git-sync' | 'k8s-sync', controllers: (typeof TakesSingly | typeof TakesBatches)[] = []) => {
    const running = await runningTestService({ service, databaseUrl: database.url, amqpUrl: broker.amqpUrl, controllers, publishing: QUICK, logLevel: 'silent' });
    services.push(running);
    return new TestService(running);
  };
  const breaker = async () => (await fabric.running.app.get(Metrics).registry.getSingleMetric('heddle_bus_breaker')!.get()).values[0]?.value;
  const publishing = async () => {
    const { checks } = await (await fetch(`${fabric.running.http.url}/readyz`)).json() as { checks: Record<string, { ok: boolean; message: string }> };
    return checks['publishing'];
  };

  beforeAll(async () => {
    [database, broker] = await Promise.all([createTestDatabase(), startRabbitmq()]);
    ledger = await Ledger.open(database.url);
    fabric = await start('fabric');
    await start('git-sync', [TakesSingly]);
    await start('k8s-sync', [TakesBatches]);
  }, 120_000);
  afterAll(async () => {
    for (const service of services) await service.stop();
    await broker.stop();
    await database.drop();
  }, 60_000);

  it.each([
    ['memory', ['set_vm_memory_high_watermark', 'absolute', '1'], ['set_vm_memory_high_watermark', '0.8']],
    ['disk', ['set_disk_free_limit', '1000000GB'], ['set_disk_free_limit', '50MB']],
  ])('of %s opens the breaker, takes commits, and loses nothing', { timeout: 120_000 }, async (_, alarm, allClear) => {
    const load = new RecordedLoad(fabric, ledger);
    const before = await ledger.effects();
    await eventually(async () => await ledger.effects() > before + 20);
    await broker.control(...alarm);
    await eventually(async () => expect(await breaker()).toBe(2), { timeout: 30_000 });
    expect(await publishing()).toMatchObject({ ok: false, message: expect.stringMatching(/no confirm within 1000 ms.*; the next try is at \d{4}-/) as string });
    // The business goes on meanwhile, and the outbox takes it.
    const committed = ledger.size;
    await eventually(async () => ledger.size > committed + 50 && await fabric.count('outbox') > 50);
    expect(load.failures).toBe(0);
    await broker.control(...allClear);
    await eventually(async () => expect(await breaker()).toBe(0), { timeout: 30_000 });
    await load.stop();
    await ledger.untilEffected();
    await eventually(async () => expect(await fabric.count('outbox')).toBe(0));
    expect(await ledger.balance()).toEqual({ lost: [], doubled: [], invented: [] });
    expect(await publishing()).toMatchObject({ ok: true });
  });
});
