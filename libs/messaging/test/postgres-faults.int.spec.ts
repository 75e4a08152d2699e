import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { type Postgres, startPostgres } from '@heddle/local';
import { createVhost, eventually, type TestVhost } from '@heddle/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type MessageContext, OnMessage, type RunningService, runningTestService } from '../src/index.ts';
import { Ledger } from './ledger.ts';
import { Mesh, TestService, wanted } from './mesh.ts';
import { RecordedLoad, TakesBatches, TakesSingly } from './recorded-load.ts';

describe('PostgreSQL under load', () => {
  let postgres: Postgres;
  let vhost: TestVhost;
  let ledger: Ledger;
  let fabric: TestService;
  let load: RecordedLoad | undefined;
  const services: RunningService[] = [];

  beforeAll(async () => {
    // Without it, as throw-away servers run, a crash takes commits that were answered.
    const settings = ['synchronous_commit=on'];
    [postgres, vhost] = await Promise.all([startPostgres({ settings }), createVhost()]);
    ledger = await Ledger.open(postgres.url);
    for (const [service, controllers] of [['fabric', []], ['git-sync', [TakesSingly]], ['k8s-sync', [TakesBatches]]] as const) {
      services.push(await runningTestService({ service, databaseUrl: postgres.url, amqpUrl: vhost.amqpUrl, controllers: [...controllers], logLevel: 'silent' }));
    }
    fabric = new TestService(services[0]!);
  });
  afterEach(() => load?.stop());
  afterAll(async () => {
    for (const service of services) await service.stop();
    await vhost?.delete();
    await postgres?.stop();
  });

  const flows = async () => {
    const before = await ledger.effects();
    await eventually(async () => await ledger.effects() >= before + 30, { timeout: 60_000 });
  };
  const balances = async () => {
    await load?.stop();
    await ledger.untilEffected();
    await eventually(async () => await fabric.count('outbox') === 0, { timeout: 60_000 });
    expect(await ledger.balance()).toEqual({ lost: [], doubled: [], invented: [] });
  };

  it('loses and doubles nothing when its connections are cut', { timeout: 180_000 }, async () => {
    load = new RecordedLoad(fabric, ledger);
    for (let cut = 0; cut < 4; cut++) {
      await flows();
      const ended = await ledger.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
      expect(ended.length).toBeGreaterThan(3);
    }
    await flows();
    await balances();
    expect(load.failures).toBeGreaterThan(0);
  });

  it('loses and doubles nothing when it is restarted, and when it crashes', { timeout: 180_000 }, async () => {
    load = new RecordedLoad(fabric, ledger);
    await flows();
    await postgres.restart();
    await flows();
    await postgres.kill();
    await postgres.restart();
    await flows();
    await balances();
  });
});

let bothHold: { count: number; gate: PromiseWithResolvers<void> };

/** Each message moves one unit between two accounts, in the order that it says. */
@Controller()
class Moves {
  static readonly attempts: number[] = [];

  @OnMessage('revision.wanted', { retryDelaysMs: [600_000] })
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx, attempt }: MessageContext): Promise<void> {
    Moves.attempts.push(attempt);
    const [from, to] = reason.split(' to ');
    await tx.query('UPDATE ledger.account SET amount = amount - 1 WHERE name = $1', [from]);
    // The first two wait until each of them has its first row; whoever comes again finds the gate open.
    if (++bothHold.count === 2) bothHold.gate.resolve();
    await bothHold.gate.promise;
    await tx.query('UPDATE ledger.account SET amount = amount + 1 WHERE name = $1', [to]);
  }
}

describe('a deadlock between two handlers', () => {
  let mesh: Mesh;

  beforeAll(async () => { mesh = await Mesh.create(); });
  afterAll(() => mesh.stop());

  it('is tried again in the process and costs no attempt', { timeout: 90_000 }, async () => {
    bothHold = { count: 0, gate: Promise.withResolvers() };
    const ledger = await Ledger.open(mesh.database.url);
    await ledger.query('CREATE TABLE ledger.account (name text PRIMARY KEY, amount integer NOT NULL)');
    await ledger.query(`INSERT INTO ledger.account VALUES ('a', 100), ('b', 100)`);
    const fabric = await mesh.start('fabric');
    const gitSync = await mesh.start('git-sync', [Moves]);
    await fabric.publish('revision.wanted', wanted('a to b'));
    await fabric.publish('revision.wanted', wanted('b to a'));
    await eventually(async () => await gitSync.count('inbox') === 2, { timeout: 60_000 });
    expect(await ledger.query('SELECT name, amount FROM ledger.account ORDER BY name')).toEqual([{ name: 'a', amount: 100 }, { name: 'b', amount: 100 }]);
    // One of the two was the victim, and came again at once.
    expect(Moves.attempts).toEqual([1, 1, 1]);
    expect(await gitSync.count('parked')).toBe(0);
    await eventually(async () => (await ledger.query<{ deadlocks: number }>('SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()'))[0]!.deadlocks === 1);
  });
});
