import { randomUUID } from 'node:crypto';
import { taskRequests } from '@heddle/contracts';
import { Conflict, NotFound, rowsOf } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { Injectable, Module } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BusClient, defineTask, OnTask, SoftLimit, type TaskContext, TaskLost, Tasks } from '../src/index.ts';
import { TaskStore } from '../src/work/task-store.ts';
import { Mesh, type TestService } from './mesh.ts';

const payload = z.object({ name: z.string() });
const micro = defineTask({ type: 'test.micro', queue: 'micro', payload, softLimitMs: 30_000, hardLimitMs: 60_000, retryDelaysMs: [50, 50] });
const limited = defineTask({ type: 'test.limited', queue: 'micro', payload, softLimitMs: 300, hardLimitMs: 3_000, retryDelaysMs: [10] });
const single = defineTask({ type: 'test.single', queue: 'scheduler', payload, softLimitMs: 30_000, hardLimitMs: 60_000 });
const periodic = defineTask({ type: 'test.periodic', queue: 'orchestration', payload: z.object({}), softLimitMs: 30_000, hardLimitMs: 60_000, everyMs: 3_600_000 });

type Work = (name: string, context: TaskContext) => Promise<void>;
let work: Work = async () => undefined;
const ran: string[] = [];
/** Of one test: work of the one before may end a moment after it. */
let count = { atOnce: 0, most: 0 };

async function measured(name: string, context: TaskContext): Promise<void> {
  const mine = count;
  ran.push(name);
  mine.atOnce += 1;
  mine.most = Math.max(mine.most, mine.atOnce);
  try {
    await work(name, context);
  } finally {
    mine.atOnce -= 1;
  }
}

@Injectable()
class Worker {
  @OnTask(micro)
  micro({ name }: { name: string }, context: TaskContext): Promise<void> { return measured(name, context); }

  @OnTask(limited)
  limited({ name }: { name: string }, context: TaskContext): Promise<void> { return measured(name, context); }

  @OnTask(single)
  single({ name }: { name: string }, context: TaskContext): Promise<void> { return measured(name, context); }

  @OnTask(periodic)
  async periodic(): Promise<void> { ran.push('periodic'); }
}

@Module({ providers: [Worker] })
class WorkerModule {}

let mesh: Mesh;
let one: TestService;
let gateway: TestService;
beforeAll(async () => {
  mesh = await Mesh.create();
  const start = () => mesh.start('fabric', [], { imports: [WorkerModule] as never });
  one = await start();
  await start();
  gateway = await mesh.start('gateway');
  await one.database.query('CREATE TABLE effect (name text, attempt integer)');
});
afterAll(async () => { await mesh.stop(); });
beforeEach(() => {
  work = async () => undefined;
  ran.length = 0;
  count = { atOnce: 0, most: 0 };
});

const add = (...[type, options]: [typeof micro, Parameters<Tasks['add']>[3]?]) => one.database.transaction((tx) => one.running.app.get(Tasks).add(tx, type, { name: 'n' }, options));
const addAll = (type: typeof micro, list: { name: string; priority?: number; fairKey?: string }[]) => one.database.transaction(async (tx) => {
  for (const { name, ...options } of list) await one.running.app.get(Tasks).add(tx, type, { name }, { key: `${name} ${randomUUID()}`, ...options });
});
const rowOf = async (key: string) => (await one.database.query<{ id: string; state: string; attempt: number; failures: number; reason: string; owner: string | null; tries: { outcome: string }[] }>('SELECT * FROM task WHERE key = $1', [key]))[0]!;
const ended = (key: string, state: string) => eventually(async () => expect((await rowOf(key)).state).toBe(state), { timeout: 20_000 });
const effect = (context: TaskContext, name: string) => context.transaction((tx: EntityManager) => rowsOf(tx, 'INSERT INTO effect VALUES ($1, $2)', [name, context.attempt]));
const effects = (name: string) => one.database.query('SELECT attempt FROM effect WHERE name = $1 ORDER BY 1', [name]);
const { retry, cancel } = taskRequests('fabric');
const ask = (name: 'retry' | 'cancel', taskId: string) => gateway.running.app.get(BusClient).ask(name === 'retry' ? retry : cancel, { taskId });

describe('a task', () => {
  it('is worked on once, after the commit, and named by its key', async () => {
    const key = randomUUID();
    work = (name, context) => effect(context, `${name} ${key}`).then(() => undefined);
    await expect(one.database.transaction(async (tx) => {
      await one.running.app.get(Tasks).add(tx, micro, { name: 'rolled back' });
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await add(micro, { key })).toBe(true);
    await ended(key, 'done');
    expect(await add(micro, { key })).toBe(false);
    expect(await effects(`n ${key}`)).toEqual([{ attempt: 1 }]);
    expect(ran).toEqual(['n']);
  });

  it('is refused when its payload or priority is wrong', async () => {
    await expect(one.database.transaction((tx) => one.running.app.get(Tasks).add(tx, micro, { name: 1 as never }))).rejects.toMatchObject({ code: 'BUS-010' });
    await expect(add(micro, { priority: 10 })).rejects.toThrow(RangeError);
  });

  it('is tried again, then given up with its reason', async () => {
    const key = randomUUID();
    work = async () => { throw new Error('the world is away'); };
    await add(micro, { key });
    await ended(key, 'failed');
    expect(await rowOf(key)).toMatchObject({ attempt: 3, failures: 3, reason: 'unexpected', message: 'the world is away', owner: null });
    work = async () => undefined;
    expect(await ask('retry', (await rowOf(key)).id)).toMatchObject({ failures: 0, tries: [{ outcome: 'failed' }, { outcome: 'failed' }, { outcome: 'failed' }] });
    await ended(key, 'done');
    expect((await rowOf(key)).attempt).toBe(4);
  });

  it('is given up at once where no retry helps', async () => {
    const key = randomUUID();
    work = async () => { throw new Conflict({ code: 'STATE-030', message: 'never', remedy: 'none' }); };
    await add(micro, { key });
    await ended(key, 'failed');
    expect(await rowOf(key)).toMatchObject({ attempt: 1, reason: 'STATE-030' });
  });

  it('is discarded by a named actor, when it was given up', async () => {
    const key = randomUUID();
    const actor = { type: 'token' as const, id: 't', name: 'ann' };
    const discard = (options = {}) => rowOf(key).then(({ id: taskId }) => gateway.running.app.get(BusClient).ask(taskRequests('fabric').discard, { taskId, reason: 'of no use' }, options));
    const audited = async () => one.database.query(`SELECT outcome, actor->>'name' AS by, details->>'reason' AS reason FROM audit WHERE action = 'task.discard' AND subject = $1 ORDER BY sequence`, [`task/${(await rowOf(key)).id}`]);
    work = async () => { throw new Conflict({ code: 'STATE-030', message: 'never', remedy: 'none' }); };
    await add(micro, { key });
    await ended(key, 'failed');
    await expect(discard()).rejects.toMatchObject({ code: 'AUTH-004' });
    const closed = { state: 'cancelled', reason: 'Discarded', message: 'of no use', closedBy: actor, tries: [{ reason: 'STATE-030' }] };
    expect(await discard({ actor })).toMatchObject(closed);
    expect((await gateway.running.app.get(BusClient).ask(taskRequests('fabric').list, { state: 'cancelled', type: micro.type, limit: 100 })).items).toContainEqual(expect.objectContaining({ key, reason: 'Discarded', closedBy: actor }));
    await expect(discard({ actor })).rejects.toMatchObject({ code: 'BUS-012' });
    expect(await audited()).toEqual([{ outcome: 'refused', by: null, reason: null }, { outcome: 'done', by: 'ann', reason: 'of no use' }, { outcome: 'refused', by: 'ann', reason: 'of no use' }]);

    const dropped = async (days: number) => {
      await one.database.query(`UPDATE task SET finished_at = finished_at - make_interval(days => $2) WHERE key = $1`, [key, days]);
      await one.running.app.get(TaskStore).prune();
      return await one.count('task', `key = '${key}'`) === 0;
    };
    expect(await dropped(6)).toBe(false);
    work = async () => undefined;
    expect(await ask('retry', (await rowOf(key)).id)).not.toHaveProperty('closedBy');
    await ended(key, 'done');
    expect(await dropped(8)).toBe(true);
  });

  it('ends in good order at its soft limit', async () => {
    const key = randomUUID();
    work = (_name, { signal }) => new Promise((resolve) => { signal.addEventListener('abort', () => { ran.push(String((signal.reason as Error).name)); resolve(); }, { once: true }); });
    await add(limited, { key });
    await ended(key, 'done');
    expect(ran).toContain(SoftLimit.name);
  });

  it('writes nothing more after its hard limit', async () => {
    const key = randomUUID();
    let late: Promise<unknown> | undefined;
    work = async (_name, context) => {
      if (context.attempt > 1) return void await effect(context, key);
      late = eventually(async () => (await rowOf(key)).attempt === 2, { timeout: 20_000 }).then(() => effect(context, key)).catch((error: unknown) => error);
      await late;
    };
    await add(limited, { key });
    await ended(key, 'done');
    expect(await late).toBeInstanceOf(TaskLost);
    expect(await effects(key)).toEqual([{ attempt: 2 }]);
    expect((await rowOf(key)).tries.map(({ outcome }) => outcome)).toEqual(['hard-limit', 'done']);
  });

  it('is taken over from a process that fell silent, which writes nothing more', async () => {
    const key = randomUUID();
    const gate = Promise.withResolvers<void>();
    let late: Promise<unknown> | undefined;
    work = async (_name, context) => {
      if (context.attempt > 1) return void await effect(context, key);
      late = gate.promise.then(() => effect(context, key)).catch((error: unknown) => error);
      await late;
    };
    await add(micro, { key });
    await eventually(async () => expect((await rowOf(key)).state).toBe('running'));
    // What the database sees of a process that is gone: an owner without a heartbeat.
    await one.database.query('UPDATE task SET owner = $2 WHERE key = $1', [key, randomUUID()]);
    await ended(key, 'done');
    gate.resolve();
    expect(await late).toBeInstanceOf(TaskLost);
    expect(await effects(key)).toEqual([{ attempt: 2 }]);
    expect((await rowOf(key)).tries.map(({ outcome }) => outcome)).toEqual(['lost', 'done']);
  });

  it('is cancelled, and tried again by a person', async () => {
    const key = randomUUID();
    const gate = Promise.withResolvers<void>();
    const told = Promise.withResolvers<unknown>();
    let late: Promise<unknown> | undefined;
    work = async (_name, context) => {
      context.signal.addEventListener('abort', () => told.resolve(context.signal.reason));
      late = gate.promise.then(() => effect(context, key)).catch((error: unknown) => error);
      await late;
    };
    await add(micro, { key });
    await eventually(async () => expect((await rowOf(key)).state).toBe('running'));
    const { id } = await rowOf(key);
    expect(await ask('cancel', id)).toMatchObject({ state: 'cancelled', reason: 'Cancelled', tries: [{ outcome: 'cancelled' }] });
    expect(await told.promise).toBeInstanceOf(TaskLost);
    gate.resolve();
    expect(await late).toBeInstanceOf(TaskLost);
    expect(await effects(key)).toEqual([]);
    await expect(ask('cancel', id)).rejects.toMatchObject({ code: 'BUS-012' });
    work = async () => undefined;
    await ask('retry', id);
    await ended(key, 'done');
  });

  it('comes once in each period, however many replicas there are', async () => {
    await eventually(async () => expect(await one.database.query(`SELECT state FROM task WHERE type = 'test.periodic'`)).toEqual([{ state: 'done' }]), { timeout: 20_000 });
  });
});

describe('a queue', () => {
  /** Holds the one place of the scheduler until all of these wait behind it. */
  async function inTurn(list: { name: string; priority?: number; fairKey?: string }[]): Promise<string[]> {
    const gate = Promise.withResolvers<void>();
    work = async (name) => { if (name === 'first') await gate.promise; };
    await addAll(single, [{ name: 'first' }]);
    await eventually(() => expect(ran).toEqual(['first']));
    for (const each of list) await addAll(single, [each]);
    gate.resolve();
    await eventually(() => expect(ran).toHaveLength(list.length + 1), { timeout: 25_000 });
    return ran.slice(1);
  }

  it('works off the highest priority first, then the oldest', async () => {
    expect(await inTurn([{ name: 'low', priority: 1 }, { name: 'high', priority: 9 }, { name: 'middle', priority: 5 }, { name: 'later', priority: 9 }])).toEqual(['high', 'later', 'middle', 'low']);
  });

  it('gives each fabric its turn', async () => {
    const flood = Array.from({ length: 4 }, (_, n) => ({ name: `a${n}`, fairKey: 'a' }));
    const order = await inTurn([...flood, { name: 'b0', fairKey: 'b' }, { name: 'c0', fairKey: 'c' }]);
    expect(order.slice(0, 3).sort()).toEqual(['a0', 'b0', 'c0']);
    expect(order.slice(3)).toEqual(['a1', 'a2', 'a3']);
  });

  it('runs one task at a time in all replicas together, where it says so', async () => {
    work = () => new Promise((resolve) => { setTimeout(resolve, 20); });
    await addAll(single, Array.from({ length: 8 }, (_, n) => ({ name: `s${n}` })));
    await eventually(() => expect(ran).toHaveLength(8), { timeout: 25_000 });
    expect(count.most).toBe(1);
  });

  it('runs so many at once in each process, and no more', async () => {
    const gate = Promise.withResolvers<void>();
    work = () => gate.promise;
    await addAll(micro, Array.from({ length: 20 }, (_, n) => ({ name: `m${n}` })));
    await eventually(() => expect(count.atOnce).toBe(16), { timeout: 20_000 });
    const owners = await one.database.query<{ count: string }>(`SELECT count(*) FROM task WHERE state = 'running' GROUP BY owner`);
    expect(owners.map(({ count }) => count)).toEqual(['8', '8']);
    gate.resolve();
    await eventually(() => expect(ran).toHaveLength(20), { timeout: 20_000 });
    expect(count.most).toBe(16);
  });
});

describe('what people see', () => {
  it('is listed by queue and state, a page at a time', async () => {
    await addAll(micro, Array.from({ length: 3 }, (_, n) => ({ name: `l${n}` })));
    await eventually(async () => expect(await one.count('task', `state IN ('waiting', 'running')`)).toBe(0), { timeout: 20_000 });
    const client = gateway.running.app.get(BusClient);
    const { list } = taskRequests('fabric');
    const first = await client.ask(list, { queue: 'micro', state: 'done', limit: 2 });
    expect(first.items).toHaveLength(2);
    const second = await client.ask(list, { queue: 'micro', state: 'done', limit: 2, cursor: first.next! });
    expect(second.items.some(({ id }) => first.items.some((item) => item.id === id))).toBe(false);
    expect((await client.ask(list, { queue: 'git' })).items).toEqual([]);
    await expect(client.ask(taskRequests('fabric').get, { taskId: randomUUID() })).rejects.toThrow(NotFound);
  });
});
