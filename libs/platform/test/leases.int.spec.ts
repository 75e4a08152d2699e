import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createTestDatabase, eventually, type TestDatabase } from '@heddle/testing';
import type { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processStart } from '../src/leases/process-place.ts';
import { Clock, Database, LeaseLost, Leases, Logger, createDataSource, platformMigrations } from '@heddle/platform';

/** A clock that can stand still, as a stopped process sees it: it wakes up with a late time. */
class TestClock extends Clock {
  offset = 0;

  override monotonicMs(): number {
    return super.monotonicMs() + this.offset;
  }
}

let testDatabase: TestDatabase;
let source: DataSource;
let database: Database;
const started: Leases[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  source = await createDataSource({ service: 'lease-test', url: testDatabase.url, pool: 5, entities: [], migrations: platformMigrations });
  database = new Database(source);
});
afterEach(async () => {
  for (const leases of started.splice(0)) await leases.stop();
});
afterAll(async () => {
  await source.destroy();
  await testDatabase.drop();
});

async function replica(clock = new TestClock()): Promise<{ leases: Leases; owner: string; clock: TestClock }> {
  const owner = randomUUID();
  const leases = new Leases({ url: testDatabase.url, schema: 'lease_test', owner, database, clock, logger: Logger.create('test', 'silent') });
  await leases.start();
  started.push(leases);
  return { leases, owner, clock };
}

/** What the database sees of a process that stands still: its heartbeat grows old. */
async function silence(owner: string): Promise<void> {
  await database.query(`UPDATE process SET heartbeat_at = now() - interval '16 seconds' WHERE id = $1`, [owner]);
}

describe('Leases', () => {
  it('gives a key to one process at a time', async () => {
    const [a, b] = [await replica(), await replica()];
    const lease = await a.leases.tryAcquire('k1');
    expect(lease?.valid()).toBe(true);
    expect(await b.leases.tryAcquire('k1')).toBeNull();
    await lease!.release();
    expect((await b.leases.tryAcquire('k1'))!.epoch).toBe(lease!.epoch + 1);
  });

  it('lets one of many contenders win', async () => {
    const replicas = await Promise.all(Array.from({ length: 6 }, () => replica()));
    const won = await Promise.all(replicas.map(({ leases }) => leases.tryAcquire('k2')));
    expect(won.filter((lease) => lease !== null)).toHaveLength(1);
  });

  it('is taken over from a silent process with the next epoch', async () => {
    const [a, b] = [await replica(), await replica()];
    const lease = (await a.leases.tryAcquire('k3'))!;
    await silence(a.owner);
    const taken = (await b.leases.tryAcquire('k3'))!;
    expect(taken.epoch).toBe(lease.epoch + 1);
    await expect(database.transaction((tx) => lease.assertIn(tx))).rejects.toThrow(LeaseLost);
    expect(lease.valid()).toBe(false);
  });

  it('counts as invalid once the last good heartbeat is old', async () => {
    const a = await replica();
    const lease = (await a.leases.tryAcquire('k4'))!;
    a.clock.offset += 10_001;
    expect(lease.valid()).toBe(false);
    expect(() => lease.assertValid()).toThrow(LeaseLost);
  });

  it('aborts a request that outlives its confirmation', async () => {
    const a = await replica();
    const lease = (await a.leases.tryAcquire('k6'))!;
    expect(a.leases.held('k6')).toBe(lease);
    const request = lease.during((signal) => new Promise((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); }));
    a.clock.offset += 10_001;
    await expect(request).rejects.toThrow(LeaseLost);
    await expect(lease.during(async () => 'begun')).rejects.toThrow(LeaseLost);
  });

  it('aborts a request with the lease', async () => {
    const a = await replica();
    const lease = (await a.leases.tryAcquire('k7'))!;
    const request = lease.during((signal) => new Promise((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); }));
    await Promise.all([expect(request).rejects.toThrow(LeaseLost), lease.release()]);
    expect(a.leases.held('k7')).toBeUndefined();
  });

  it('holds off a take-over until the transaction ends', async () => {
    const [a, b] = [await replica(), await replica()];
    const lease = (await a.leases.tryAcquire('k5'))!;
    const order: string[] = [];
    let taking: Promise<unknown> | undefined;
    await database.transaction(async (tx) => {
      await lease.assertIn(tx);
      await silence(a.owner);
      taking = b.leases.tryAcquire('k5').then((taken) => order.push(taken ? 'taken' : 'not taken'));
      await new Promise((resolve) => setTimeout(resolve, 150));
      order.push('committed');
    });
    await taking;
    expect(order).toEqual(['committed', 'taken']);
  });

  it('runs the work of a key in one replica and moves it on', async () => {
    const [a, b] = [await replica(), await replica()];
    const running: string[] = [];
    const begin = (name: string, leases: Leases) => leases.holdEach({
      name: 'job', keys: async () => ['x', 'y'], everyMs: 30,
      work: (key, _lease, signal) => new Promise((resolve) => {
        running.push(`${name}:${key}`);
        signal.addEventListener('abort', () => { running.splice(running.indexOf(`${name}:${key}`), 1); resolve(); });
      }),
    });
    const held = begin('a', a.leases);
    await eventually(() => running.length === 2);
    begin('b', b.leases);
    await held.stop();
    await eventually(() => expect(running.sort()).toEqual(['b:x', 'b:y']));
  });

  it('takes what others have no room for', async () => {
    const [a, b] = [await replica(), await replica()];
    const keys = async () => ['l1', 'l2', 'l3', 'l4'];
    const work = (_key: string, _lease: unknown, signal: AbortSignal) => new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve()); });
    const first = a.leases.holdEach({ name: 'limited', keys, work, limit: 2, everyMs: 20 });
    await eventually(() => first.keys().length === 2);
    const second = b.leases.holdEach({ name: 'limited', keys, work, limit: 2, everyMs: 20 });
    await eventually(() => expect([...first.keys(), ...second.keys()].sort()).toEqual(['l1', 'l2', 'l3', 'l4']));
  });

  it('shares keys fairly among those who come and go', async () => {
    const replicas = [await replica(), await replica(), await replica()];
    const keys = Array.from({ length: 16 }, (_, index) => `s${index}`);
    const owners = new Map<string, number>();
    let moves = 0;
    const begin = (index: number) => replicas[index]!.leases.holdEach({
      name: 'shared', keys: async () => keys, everyMs: 20, shared: true,
      work: (key, _lease, signal) => new Promise((resolve) => {
        expect(owners.has(key)).toBe(false);
        owners.set(key, index);
        moves += 1;
        signal.addEventListener('abort', () => { owners.delete(key); resolve(); });
      }),
    });
    const held = () => replicas.map((_, index) => [...owners.values()].filter((owner) => owner === index).length);
    begin(0);
    await eventually(() => expect(held()).toEqual([16, 0, 0]));
    const second = begin(1);
    await eventually(() => expect(held()).toEqual([8, 8, 0]));
    begin(2);
    await eventually(() => { expect(owners.size).toBe(16); expect(Math.max(...held())).toBeLessThanOrEqual(6); });
    // Nothing moves without need.
    const before = moves;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(moves).toBe(before);
    await second.stop();
    await eventually(() => expect(held()).toEqual([8, 0, 8]));
    // One more that is killed: it has its share for as long as its heartbeat is young.
    const killed = randomUUID();
    await database.query(`INSERT INTO process (id, host, pid, works) VALUES ($1, 'elsewhere', 1, '{shared}')`, [killed]);
    await eventually(() => expect(held()).toEqual([6, 0, 6]));
    await silence(killed);
    await eventually(() => expect(held()).toEqual([8, 0, 8]));
  });

  it('is free at once when its process was killed on this host', async () => {
    const dead = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(dead, 'spawn');
    const a = await replica();
    const lease = (await a.leases.tryAcquire('k6'))!;
    // As if that process were the owner, its connection to PostgreSQL gone with it.
    await database.query(`UPDATE process SET pid = $2, pid_started = $3, session_started = '-infinity' WHERE id = $1`, [a.owner, dead.pid, processStart(dead.pid!)]);
    expect(await (await replica()).leases.tryAcquire('k6')).toBeNull();
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    expect((await (await replica()).leases.tryAcquire('k6'))!.epoch).toBe(lease.epoch + 1);
  });

  it('is not free while its process lives without its connection', async () => {
    const a = await replica();
    await a.leases.tryAcquire('k7');
    await database.query(`UPDATE process SET session_started = '-infinity' WHERE id = $1`, [a.owner]);
    expect(await (await replica()).leases.tryAcquire('k7')).toBeNull();
  });

  it('tries failed work again later', async () => {
    const a = await replica();
    let tries = 0;
    a.leases.holdEach({ name: 'flaky', keys: async () => ['z'], everyMs: 20, work: async () => { if (++tries < 2) throw new Error('boom'); await new Promise((r) => setTimeout(r, 50)); } });
    await eventually(() => tries >= 2);
  });
});
