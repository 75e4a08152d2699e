import { eventually, TcpProxy } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Commit, Ledger } from './ledger.ts';
import { launchLoadService, type ServiceProcess } from './launch-service.ts';
import { Mesh } from './mesh.ts';
import { TakesBatches, TakesSingly } from './recorded-load.ts';

describe('a process that publishes', () => {
  let mesh: Mesh;
  let broker: TcpProxy;
  let ledger: Ledger;
  let duplicates: () => Promise<number>;

  beforeAll(async () => {
    mesh = await Mesh.create();
    broker = await TcpProxy.before(mesh.vhost.amqpUrl, 5672);
    ledger = await Ledger.open(mesh.database.url);
    const services = [await mesh.start('git-sync', [TakesSingly]), await mesh.start('k8s-sync', [TakesBatches])];
    duplicates = async () => (await Promise.all(services.map((service) => service.handled('duplicate')))).reduce((sum, count) => sum + count);
  });
  afterAll(async () => {
    await mesh.stop();
    await broker.close();
  });

  /** Kills it, and enters what it committed into the books: by its own word, and by the business rows what it had no time to tell of. */
  const killed = async (victim: ServiceProcess) => {
    const told = (await victim.kill()).split('\n').filter((line) => line.includes('"msg":"committed"')).map((line) => (JSON.parse(line) as { commit: Commit }).commit);
    for (const commit of told) ledger.committed(commit);
    const known = new Set(told.map(({ id }) => id));
    for (const row of await ledger.query<Commit>('SELECT id, consumer FROM ledger.business')) if (!known.has(row.id)) ledger.uncertain(row);
    expect(told.length).toBeGreaterThan(10);
  };
  const waiting = async () => (await ledger.query<{ count: number }>('SELECT count(*)::int FROM fabric.outbox'))[0]!.count;
  /** Another one takes over the lanes, and is killed at any point too. */
  const takenOver = async () => {
    const before = await ledger.effects();
    const next = await launchLoadService(mesh.database.url, mesh.vhost.amqpUrl);
    await eventually(async () => await ledger.effects() > before + 50, { timeout: 40_000 });
    await killed(next);
    const fabric = await mesh.start('fabric');
    await ledger.untilEffected(60_000);
    await eventually(async () => await waiting() === 0, { timeout: 60_000 });
    await fabric.running.stop();
    expect(await ledger.balance()).toEqual({ lost: [], doubled: [], invented: [] });
  };

  it('loses nothing when it is killed between commit and publish', { timeout: 240_000 }, async () => {
    const victim = await launchLoadService(mesh.database.url, broker.url);
    broker.hold('requests');
    await eventually(async () => await waiting() > 30, { timeout: 60_000 });
    await killed(victim);
    broker.cut();
    broker.restore();
    await takenOver();
  });

  it('doubles nothing when it is killed between confirm and delete', { timeout: 240_000 }, async () => {
    const victim = await launchLoadService(mesh.database.url, broker.url);
    const before = await ledger.effects();
    await eventually(async () => await ledger.effects() > before + 10, { timeout: 60_000 });
    const known = await duplicates();
    // What it publishes arrives and has its effect; no confirm comes, and no row is deleted.
    broker.hold('answers');
    const held = await ledger.effects();
    await eventually(async () => await ledger.effects() > held + 20, { timeout: 60_000 });
    await killed(victim);
    await takenOver();
    expect(await duplicates()).toBeGreaterThan(known);
  });
});
