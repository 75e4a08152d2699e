import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { type Actor, deadLetterRequests, type MessageData } from '@heddle/contracts';
import { Invalid, Unavailable } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusClient, type MessageContext, OnMessage } from '../src/index.ts';
import { Mesh, type TestService } from './mesh.ts';

type Observed = MessageData<'revision.observed'>;
const taken: string[] = [];
let handle: (data: Observed, context: MessageContext) => Promise<void>;

@Controller()
class Reads {
  @OnMessage('revision.observed', { retryDelaysMs: [200, 200], afterDeadLetter: 'hold' })
  async onObserved(data: Observed, context: MessageContext): Promise<void> {
    await handle(data, context);
    taken.push(data.branch);
  }
}

const requests = deadLetterRequests('fabric');
const actor: Actor = { type: 'token', id: 't1' };
const wrong = () => Promise.reject(new Invalid({ code: 'VAL-003', message: 'it is wrong', remedy: 'none' }));
const observed = (branch: string, fabricId: string) => ({
  fabricId, repositoryId: randomUUID(), generation: 1, branch, directory: '', commit: { id: 'c', author: 'a', email: 'e', subject: 's', committedAt: new Date().toISOString() },
  fromTree: null, toTree: null, chunk: 1, chunks: 1, files: [], totalFiles: 0,
});

describe('a dead letter that holds its key', () => {
  let mesh: Mesh;
  let gitSync: TestService;
  let fabric: TestService;
  let client: BusClient;

  beforeAll(async () => {
    mesh = await Mesh.create();
    gitSync = await mesh.start('git-sync');
    fabric = await mesh.start('fabric', [Reads]);
    client = (await mesh.start('gateway')).running.app.get(BusClient);
  });
  afterAll(() => mesh.stop());

  /** The first of a key dies, two more wait behind it. @returns the id of the dead letter */
  const hold = async (names: readonly string[]): Promise<string> => {
    taken.length = 0;
    handle = async ({ branch }) => { if (branch === names[0]) await wrong(); };
    const fabricId = randomUUID();
    for (const name of names) await gitSync.publish('revision.observed', observed(name, fabricId), { fabricId });
    await eventually(async () => await fabric.count('parked', `ordering_key = '${fabricId}'`) === names.length - 1);
    const [row] = await fabric.database.query<{ id: string }>(`SELECT id FROM dead_letter WHERE ordering_key = $1 AND state = 'dead'`, [fabricId]);
    expect((await client.ask(requests.get, { id: row!.id }))).toMatchObject({ holdsKey: true, waiting: names.length - 1 });
    expect(taken).toEqual([]);
    return row!.id;
  };
  const all = (names: readonly string[]) => eventually(() => { expect(taken).toEqual(names); });

  it('is replayed in front of what waits behind it', async () => {
    const names = ['a1', 'a2', 'a3'];
    const id = await hold(names);
    expect(await client.ask(requests.replay, { ids: [id] }, { actor })).toMatchObject({ failed: 1 });
    expect(taken).toEqual([]);
    handle = async () => undefined;
    expect(await client.ask(requests.replay, { ids: [id] }, { actor })).toMatchObject({ done: 1 });
    await all(names);
  });

  it('lets the others go when it is discarded', async () => {
    const id = await hold(['b1', 'b2', 'b3']);
    await client.ask(requests.discard, { ids: [id], reason: 'not needed' }, { actor });
    await all(['b2', 'b3']);
  });

  it('is edited in front of them, even when the edit is tried again', async () => {
    const id = await hold(['c1', 'c2', 'c3']);
    handle = async ({ branch }, { attempt }) => { if (branch === 'edited' && attempt === 1) throw new Unavailable({ code: 'NET-010', message: 'away', remedy: 'wait' }); };
    expect(await client.ask(requests.edit, { id, data: observed('edited', randomUUID()) }, { actor })).toMatchObject({ outcome: 'parked' });
    await all(['edited', 'c2', 'c3']);
  });
});
