import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { type Actor, deadLetterRequests, type MessageData } from '@heddle/contracts';
import { Clock, Invalid, Unavailable } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BusClient, type MessageContext, OnMessage } from '../src/index.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

type Wanted = MessageData<'revision.wanted'>;
let handle: (data: Wanted, context: MessageContext) => Promise<void>;

@Controller()
class Reads {
  @OnMessage('revision.wanted', { retryDelaysMs: [] })
  async onWanted(data: Wanted, context: MessageContext): Promise<void> {
    await context.tx.query('INSERT INTO effect (reason, message_id, causation) VALUES ($1, $2, $3)', [data.reason, context.envelope.event_id, context.envelope.metadata.causation_id ?? null]);
    await handle(data, context);
  }
}

const requests = deadLetterRequests('git-sync');
const actor: Actor = { type: 'token', id: 't1', name: 'ann' };
const away = () => Promise.reject(new Unavailable({ code: 'NET-010', message: 'the world is away', remedy: 'wait' }));
const nothing = async () => undefined;

describe('a dead letter', () => {
  let mesh: Mesh;
  let fabric: TestService;
  let gitSync: TestService;
  let client: BusClient;

  beforeAll(async () => {
    mesh = await Mesh.create();
    fabric = await mesh.start('fabric');
    gitSync = await mesh.start('git-sync', [Reads]);
    client = (await mesh.start('gateway')).running.app.get(BusClient);
    await gitSync.database.query('CREATE TABLE effect (reason text, message_id uuid, causation text)');
  });
  afterAll(() => mesh.stop());
  beforeEach(async () => {
    handle = nothing;
    await gitSync.database.query('DELETE FROM dead_letter');
  });

  const effects = (reason: string) => gitSync.count('effect', `reason = '${reason}'`);
  const audited = (action: string) => gitSync.count('audit', `action = '${action}' AND actor->>'id' = 't1'`);
  /** Lets a message die. @returns the id of its dead letter */
  const died = async (reason: string, failing = away, key?: string): Promise<string> => {
    handle = failing;
    await fabric.publish('revision.wanted', wanted(reason), key === undefined ? {} : { orderingKey: key });
    const [row] = await eventually(async () => {
      const rows = await gitSync.database.query<{ id: string }>('SELECT id FROM dead_letter WHERE position($1::bytea IN body) > 0', [Buffer.from(`"${reason}"`)]);
      return rows.length === 1 && rows;
    });
    handle = nothing;
    return row!.id;
  };
  const replay = (selection: { ids?: string[]; filter?: object; cursor?: string }) => client.ask(requests.replay, selection, { actor });
  const get = (id: string) => client.ask(requests.get, { id });

  it('is replayed with its id, and once only', async () => {
    const id = await died('replayed');
    expect(await replay({ ids: [id] })).toMatchObject({ done: 1, failed: 0, skipped: 0, next: null });
    expect(await replay({ ids: [id] })).toMatchObject({ done: 0, skipped: 1, outcomes: [{ service: 'git-sync', code: 'BUS-031', message: expect.stringContaining('replayed by ann') as string }] });
    expect(await effects('replayed')).toBe(1);
    const letter = await get(id);
    expect(letter).toMatchObject({ state: 'replayed', closedBy: { name: 'ann' } });
    expect(await gitSync.count('effect', `message_id = '${letter.messageId}'`)).toBe(1);
    expect(await audited('dead_letter.replay')).toBe(1);
  });

  it('is replayed three days after it died', async () => {
    const clock = gitSync.running.app.get(Clock);
    const now = clock.now.bind(clock);
    clock.now = () => new Date(now().getTime() - 3 * 86_400_000);
    const id = await died('three days old').finally(() => { clock.now = now; });
    expect(await gitSync.count('dead_letter', `id = '${id}' AND failed_on = ((now() AT TIME ZONE 'UTC')::date - 3)`)).toBe(1);
    expect(await replay({ ids: [id] })).toMatchObject({ done: 1 });
    expect(await replay({ ids: [id] })).toMatchObject({ skipped: 1 });
    expect(await effects('three days old')).toBe(1);
  });

  it('has no second effect when its message was handled by then', async () => {
    const id = await died('delivered again');
    await gitSync.database.query(`INSERT INTO inbox (consumer, message_id, body_hash) SELECT consumer, message_id::uuid, body_hash FROM dead_letter WHERE id = $1`, [id]);
    expect(await replay({ ids: [id] })).toMatchObject({ done: 1 });
    expect(await effects('delivered again')).toBe(0);
  });

  it('goes to one of two who replay it at once', async () => {
    const id = await died('raced');
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    handle = async () => {
      begin();
      await gate;
    };
    const first = replay({ ids: [id] });
    await begun;
    expect(await replay({ ids: [id] })).toMatchObject({ skipped: 1, outcomes: [{ code: 'BUS-032' }] });
    await expect(client.ask(requests.edit, { id, data: wanted('raced') }, { actor })).rejects.toMatchObject({ code: 'BUS-032' });
    expect(await client.ask(requests.discard, { ids: [id], reason: 'not needed' }, { actor })).toMatchObject({ skipped: 1, outcomes: [{ code: 'BUS-032' }] });
    open();
    expect(await first).toMatchObject({ done: 1 });
    expect(await effects('raced')).toBe(1);
  });

  it('stays dead when its replay fails, its attempts counted on', async () => {
    const id = await died('still failing');
    handle = () => Promise.reject(new Invalid({ code: 'VAL-003', message: 'now it is wrong', remedy: 'none' }));
    expect(await replay({ ids: [id] })).toMatchObject({ failed: 1, outcomes: [{ outcome: 'failed', code: 'VAL-003' }] });
    expect(await get(id)).toMatchObject({ state: 'dead', reason: 'VAL-003', attempts: 2 });
    expect(await effects('still failing')).toBe(0);
    handle = nothing;
    expect(await replay({ ids: [id] })).toMatchObject({ done: 1 });
    expect(await effects('still failing')).toBe(1);
  });

  it('is chosen by filter, those that fail again but once', async () => {
    const mine: string[] = [];
    for (const reason of ['one of four', 'two of four', 'three of four']) mine.push(await died(reason));
    await died('four of four', () => Promise.reject(new Invalid({ code: 'VAL-002', message: 'another cause', remedy: 'none' })));
    handle = async ({ reason }) => { if (reason === 'two of four') await away(); };
    const { cause } = await get(mine[0]!);
    expect(await replay({ filter: { cause } })).toMatchObject({ done: 2, failed: 1, skipped: 0, remaining: 0, next: null });
    expect(await gitSync.count('dead_letter', `state = 'dead'`)).toBe(2);
    expect(await effects('four of four')).toBe(0);
  });

  it('is handled in chunks that end', async () => {
    const id = await died('pattern');
    await gitSync.database.query(`
      INSERT INTO dead_letter SELECT (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'message_id', 'copy ' || n, 'reason', 'copied', 'first_failed_at', now() - make_interval(secs => n)))).*
      FROM dead_letter d, generate_series(1, 1200) n WHERE d.id = $1`, [id]);
    const chunks: number[] = [];
    let cursor: string | undefined;
    do {
      const progress = await client.ask(requests.discard, { filter: { reason: 'copied' }, reason: 'copies', cursor }, { actor });
      chunks.push(progress.done);
      cursor = progress.next ?? undefined;
      expect(progress.remaining).toBe(1200 - chunks.reduce((sum, done) => sum + done, 0));
    } while (cursor !== undefined);
    expect(Math.max(...chunks)).toBe(500);
    expect(await gitSync.count('dead_letter', `state = 'discarded' AND note = 'copies'`)).toBe(1200);
    expect((await get(id)).state).toBe('dead');
  });

  it('is edited into a new message that it caused', async () => {
    const id = await died('edited');
    const { messageId: before } = await get(id);
    const edited = await client.ask(requests.edit, { id, data: wanted('after the edit') }, { actor });
    expect(edited.outcome).toBe('done');
    expect(edited.messageId).not.toBe(before);
    expect(await gitSync.count('effect', `reason = 'after the edit' AND message_id = '${edited.messageId}' AND causation = '${before}'`)).toBe(1);
    expect(await get(id)).toMatchObject({ state: 'edited', replacedBy: edited.messageId, body: { content: { data: { reason: 'edited' } } } });
    expect(await audited('dead_letter.edit')).toBe(1);
    await expect(client.ask(requests.edit, { id, data: wanted('again') }, { actor })).rejects.toMatchObject({ code: 'BUS-031' });
  });

  it('takes no edit that breaks the contract, and names every field', async () => {
    const id = await died('badly edited');
    const edit = client.ask(requests.edit, { id, data: { fabricId: 'none', fromTree: 7, reason: 'x' } }, { actor });
    await expect(edit).rejects.toMatchObject({ code: 'VAL-001', errors: [{ field: 'data.fabricId' }, { field: 'data.fromTree' }] });
    await expect(client.ask(requests.edit, { id, type: 'steps.apply', data: {} }, { actor })).rejects.toMatchObject({ errors: [{ field: 'type' }] });
    expect((await get(id)).state).toBe('dead');
  });

  it('lives on as its edit when that fails', async () => {
    const id = await died('edited in vain');
    handle = () => Promise.reject(new Invalid({ code: 'VAL-003', message: 'wrong still', remedy: 'none' }));
    const edited = await client.ask(requests.edit, { id, data: wanted('wrong still') }, { actor });
    expect(edited).toMatchObject({ outcome: 'dead', message: 'wrong still' });
    expect((await get(id)).state).toBe('edited');
    expect(await gitSync.count('dead_letter', `state = 'dead' AND message_id = '${edited.messageId}' AND attempts = 1`)).toBe(1);
  });

  it('needs an edit when another message had its id', async () => {
    const id = await died('conflicting');
    await gitSync.database.query(`UPDATE dead_letter SET reason = 'id-conflict' WHERE id = $1`, [id]);
    expect(await replay({ ids: [id] })).toMatchObject({ skipped: 1, outcomes: [{ code: 'BUS-033' }] });
    expect(await client.ask(requests.edit, { id, data: wanted('without conflict') }, { actor })).toMatchObject({ outcome: 'done' });
  });

  it('of a consumer that is gone can only be discarded', async () => {
    const id = await died('orphaned');
    await gitSync.database.query(`UPDATE dead_letter SET consumer = 'git-sync.gone' WHERE id = $1`, [id]);
    expect(await replay({ ids: [id] })).toMatchObject({ skipped: 1, outcomes: [{ code: 'BUS-034' }] });
    expect(await client.ask(requests.discard, { ids: [id, randomUUID()], reason: 'not needed' }, { actor })).toMatchObject({ done: 1, skipped: 1 });
    expect(await get(id)).toMatchObject({ state: 'discarded', note: 'not needed' });
  });

  it('is touched by nobody without a name', async () => {
    const id = await died('guarded');
    await expect(client.ask(requests.replay, { ids: [id] })).rejects.toMatchObject({ code: 'AUTH-004' });
    expect(await gitSync.count('audit', `action = 'dead_letter.replay' AND outcome = 'refused'`)).toBe(1);
    expect(await effects('guarded')).toBe(0);
  });

  it('is told of once it has died and once it is closed', async () => {
    const id = await died('told');
    const told = () => mesh.depth('notification.events');
    await eventually(async () => await gitSync.count('dead_letter', 'NOT announced') === 0 && await gitSync.count('outbox') === 0);
    const before = await told();
    expect(before).toBeGreaterThan(0);
    await replay({ ids: [id] });
    await eventually(async () => await told() === before + 1);
  });

  it('is written on a day that nobody prepared', async () => {
    const clock = gitSync.running.app.get(Clock);
    const now = clock.now.bind(clock);
    clock.now = () => new Date(now().getTime() + 30 * 86_400_000);
    try {
      const id = await died('after midnight');
      expect(await gitSync.count('dead_letter', `id = '${id}' AND failed_on = ((now() AT TIME ZONE 'UTC')::date + 30)`)).toBe(1);
      const [{ table }] = await gitSync.database.query<{ table: string }>(`SELECT tableoid::regclass::text AS table FROM dead_letter WHERE id = $1`, [id]) as [{ table: string }];
      await gitSync.database.query(`DROP TABLE ${table}`);
      await died('after the partition went');
    } finally {
      clock.now = now;
    }
  });
});
