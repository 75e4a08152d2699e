import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { Invalid, sleep, Unavailable } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrokerConnections, type MessageContext, OnMessage } from '../src/index.ts';
import { Mesh, type TestService } from './mesh.ts';

const PATIENCE = { timeout: 60_000 };
const failure = { code: 'NET-010' as const, message: 'the world is away', remedy: 'wait' };

@Controller()
class Reads {
  @OnMessage('source.state_changed', { retryDelaysMs: [300] })
  async onState({ fabricId, message }: MessageData<'source.state_changed'>, { tx }: MessageContext): Promise<void> {
    if (message === 'poison') throw new Unavailable(failure);
    await tx.query('INSERT INTO effect (key, what) VALUES ($1, $2)', [fabricId, message]);
    await sleep(2);
  }

  @OnMessage('revision.observed', { afterDeadLetter: 'hold' })
  async onRevision({ fabricId, branch }: MessageData<'revision.observed'>, { tx }: MessageContext): Promise<void> {
    if (branch === 'poison') throw new Invalid(failure);
    await tx.query('INSERT INTO effect (key, what) VALUES ($1, $2)', [fabricId, branch]);
  }
}

const state = (fabricId: string, message: string) => ({ fabricId, repositoryId: randomUUID(), state: 'ready' as const, reason: 'Ready', message, since: new Date(0).toISOString(), nextTryAt: null });
const revision = (fabricId: string, branch: string) => ({
  fabricId, repositoryId: randomUUID(), generation: 1, branch, directory: '', fromTree: null, toTree: null, chunk: 1, chunks: 1, files: [], totalFiles: 0,
  commit: { id: 'c', author: 'a', email: 'a@b', subject: 's', committedAt: new Date(0).toISOString() },
});

describe('the order of keys', () => {
  let mesh: Mesh;
  let gitSync: TestService;
  let first: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    first = await mesh.start('fabric', [Reads]);
    gitSync = await mesh.start('git-sync');
    await first.database.query('CREATE TABLE effect (id bigserial, key text, what text)');
  });
  afterAll(() => mesh.stop());

  /** In the order of the effects: a key's next one begins after the commit of the one before. */
  const effects = async (key: string) => (await gitSync.database.query<{ what: string }>('SELECT what FROM fabric.effect WHERE key = $1 ORDER BY id', [key])).map(({ what }) => what);
  const publish = async (key: string, list: readonly string[]) => {
    for (const what of list) await gitSync.publish('source.state_changed', state(key, what), { fabricId: key });
  };
  const numbers = Array.from({ length: 60 }, (_, index) => String(index));

  it('spreads them over queues with one active consumer', async () => {
    await publish(randomUUID(), ['here']);
    expect(first.running.app.get(BrokerConnections).declarer.features).toMatchObject({ consistentHash: true, quorumQueues: true });
    for (const number of [0, 7]) expect((await mesh.queue(`fabric.source.state_changed.${number}`)).consumerCount).toBe(1);
  });

  it('holds when the active consumer is lost, and from one to four to one', { timeout: 120_000 }, async () => {
    const keys = Array.from({ length: 6 }, () => randomUUID());
    const publishing = Promise.all(keys.map((key) => publish(key, numbers)));
    const count = async () => (await Promise.all(keys.map(effects))).reduce((sum, { length }) => sum + length, 0);
    await eventually(async () => await count() > 20, PATIENCE);
    const more = [await mesh.start('fabric', [Reads]), await mesh.start('fabric', [Reads]), await mesh.start('fabric', [Reads])];
    const { stream } = first.running.app.get(BrokerConnections).consume.current!.connection as unknown as { stream: { destroy(error: Error): void } };
    stream.destroy(new Error('cut by the test'));
    await publishing;
    for (const one of [first, ...more.slice(0, 2)]) await one.running.stop();
    await eventually(async () => await count() >= keys.length * numbers.length, PATIENCE);
    for (const key of keys) expect(await effects(key)).toEqual(numbers);
  });

  it('goes on after a dead letter, behind its retries', async () => {
    const [key, other] = [randomUUID(), randomUUID()];
    await publish(key, ['before', 'poison', 'after 1', 'after 2']);
    await publish(other, ['neighbour']);
    await eventually(async () => (await effects(other)).length === 1, PATIENCE);
    await eventually(async () => (await effects(key)).length === 3, PATIENCE);
    expect(await effects(key)).toEqual(['before', 'after 1', 'after 2']);
    const [letter] = await gitSync.database.query(`SELECT attempts, holds_key FROM fabric.dead_letter WHERE ordering_key = $1 AND state = 'dead'`, [key]);
    expect(letter).toEqual({ attempts: 2, holds_key: false });
  });

  it('waits for a person where the handler says so', async () => {
    const [key, other] = [randomUUID(), randomUUID()];
    const observed = (fabricId: string, branch: string) => gitSync.publish('revision.observed', revision(fabricId, branch), { fabricId });
    for (const branch of ['before', 'poison', 'after 1', 'after 2']) await observed(key, branch);
    const waiting = () => gitSync.database.query('SELECT 1 FROM fabric.parked WHERE ordering_key = $1', [key]);
    await eventually(async () => (await waiting()).length === 2, PATIENCE);
    await observed(other, 'neighbour');
    await eventually(async () => (await effects(other)).length === 1, PATIENCE);
    expect(await effects(key)).toEqual(['before']);
    await gitSync.database.query(`UPDATE fabric.dead_letter SET state = 'discarded', closed_at = now() WHERE ordering_key = $1`, [key]);
    await eventually(async () => (await effects(key)).length === 3, PATIENCE);
    expect(await effects(key)).toEqual(['before', 'after 1', 'after 2']);
  });
});
