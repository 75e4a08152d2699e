import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { deadLetterRequests, type MessageData } from '@heddle/contracts';
import { Invalid, Logger, Unavailable } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusClient, type MessageContext, OnMessage } from '../src/index.ts';
import { ParkingLot } from '../src/inbox/parking-lot.ts';
import { encodeData, encodeEnvelope } from '../src/outbox/encode-message.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

type Wanted = MessageData<'revision.wanted'>;
let handle: (data: Wanted, context: MessageContext) => Promise<void>;
let calls: { reason: string; attempt: number }[] = [];

@Controller()
class Reads {
  @OnMessage('revision.wanted', { retryDelaysMs: [50, 100] })
  async onWanted(data: Wanted, context: MessageContext): Promise<void> {
    calls.push({ reason: data.reason, attempt: context.attempt });
    await context.tx.query('INSERT INTO effect (reason) VALUES ($1)', [data.reason]);
    await handle(data, context);
  }
}

const failure = { code: 'NET-010' as const, message: 'the world is away', remedy: 'wait' };
const attemptsAt = (reason: string) => calls.filter((call) => call.reason === reason).map(({ attempt }) => attempt);

describe('a message that fails', () => {
  let mesh: Mesh;
  let fabric: TestService;
  let gitSync: TestService;
  let gateway: TestService;
  let raw: amqp.ChannelModel;
  let channel: amqp.Channel;

  beforeAll(async () => {
    mesh = await Mesh.create();
    fabric = await mesh.start('fabric');
    gitSync = await mesh.start('git-sync', [Reads]);
    gateway = await mesh.start('gateway');
    await gitSync.database.query('CREATE TABLE effect (reason text)');
    raw = await amqp.connect(mesh.vhost.amqpUrl);
    channel = await raw.createChannel();
  });
  afterAll(async () => {
    await raw.close();
    await mesh.stop();
  });
  beforeEach(() => {
    calls = [];
    handle = async () => undefined;
  });

  const effects = (reason: string) => gitSync.count('effect', `reason = '${reason}'`);
  const inject = (body: Buffer, headers = {}) => channel.sendToQueue('git-sync.revision.wanted', body, { messageId: randomUUID(), headers });
  const encoded = (reason: string, eventId: string) => encodeEnvelope('revision.wanted', encodeData('revision.wanted', wanted(reason)), { eventId, timestamp: new Date(), source: 'fabric', metadata: { correlation_id: 'c' } });
  /** The first dead letter whose body or reason has this text. */
  const deadLetter = (text: string) => eventually(async () => {
    const [row] = await gitSync.database.query<{ id: string }>(`SELECT id FROM dead_letter WHERE position($1::bytea IN body) > 0 OR reason = $2`, [Buffer.from(text), text]);
    return row ? gateway.running.app.get(BusClient).ask(deadLetterRequests('git-sync').get, { id: row.id }) : false;
  });

  it('is parked, tried again, and then done once', async () => {
    handle = async (_, { attempt }) => { if (attempt < 3) throw new Unavailable(failure); };
    await fabric.publish('revision.wanted', wanted('flaky'));
    await eventually(async () => await effects('flaky') === 1);
    expect(attemptsAt('flaky')).toEqual([1, 2, 3]);
    expect(await gitSync.count('parked')).toBe(0);
  });

  it('is looked for no further while none is due', async () => {
    const parkingLot = gitSync.running.app.get(ParkingLot);
    const id = randomUUID();
    await gitSync.database.query(`INSERT INTO parked (consumer, message_id, type, body, body_hash, headers, attempts, due_at, reason, message) VALUES ('nobody', $1, 't', '', '', '{}', 1, now() + interval '1 hour', 'r', 'm')`, [id]);
    await gitSync.database.query('ALTER TABLE dead_letter RENAME TO dead_letter_elsewhere');
    try {
      expect(await parkingLot.due(['nobody'], [], 50)).toEqual([]);
    } finally {
      await gitSync.database.query('ALTER TABLE dead_letter_elsewhere RENAME TO dead_letter');
    }
    await gitSync.database.query(`UPDATE parked SET due_at = now() WHERE message_id = $1`, [id]);
    expect(await parkingLot.due(['nobody'], [], 50)).toMatchObject([{ consumer: 'nobody' }]);
    await gitSync.database.query(`DELETE FROM parked WHERE message_id = $1`, [id]);
  });

  it('is given up when processes end by it again and again', async () => {
    handle = async () => { throw new Unavailable(failure); };
    const hash = Buffer.alloc(32, 7);
    const id = randomUUID();
    const [row] = await gitSync.database.query<{ id: string }>(`
      INSERT INTO parked (consumer, message_id, type, body, body_hash, headers, attempts, due_at, reason, message)
      VALUES ('git-sync.revision.wanted', $1, 'revision.wanted', $2, $3, '{}', 1, now() + interval '1 hour', 'unexpected', 'once') RETURNING id`, [id, encoded('deadly', id), hash]);
    // As if two processes had ended in the middle of an attempt.
    await gitSync.database.query(`INSERT INTO begun_attempt (consumer, message_id, times) VALUES ('git-sync.revision.wanted', $1, 2)`, [row!.id]);
    await gitSync.database.query(`UPDATE parked SET due_at = now() WHERE id = $1`, [row!.id]);
    expect(await deadLetter('ended-process')).toMatchObject({ reason: 'ended-process', attempts: 3, state: 'dead', body: { content: { data: { reason: 'deadly' } } } });
    expect(attemptsAt('deadly')).toEqual([]);
    await eventually(async () => await gitSync.count('begun_attempt') === 0);
  });

  it('is done though the note of its attempt stays', async () => {
    handle = async (_, { attempt }) => { if (attempt === 1) throw new Unavailable(failure); };
    const before = { parked: await gitSync.handled('parked'), done: await gitSync.handled('done') };
    await gitSync.database.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the note stays''; END'`);
    await gitSync.database.query(`CREATE TRIGGER refuse BEFORE DELETE ON begun_attempt FOR EACH ROW EXECUTE FUNCTION refuse()`);
    try {
      await fabric.publish('revision.wanted', wanted('noted'));
      await eventually(async () => await gitSync.handled('done') === before.done + 1);
      handle = async () => undefined;
      await fabric.publish('revision.wanted', wanted('after it'));
      await eventually(async () => await effects('after it') === 1);
      expect([await effects('noted'), await gitSync.count('parked'), await gitSync.handled('parked')]).toEqual([1, 0, before.parked + 1]);
    } finally {
      await gitSync.database.query(`DROP FUNCTION refuse CASCADE`);
      await gitSync.database.query(`DELETE FROM begun_attempt`);
    }
  });

  it('is named where its time is told', async () => {
    const told = vi.spyOn(Logger.prototype, 'slow');
    handle = async () => { throw new Unavailable(failure); };
    channel.sendToQueue('git-sync.revision.wanted', encoded('slow', randomUUID()));
    const letter = await deadLetter('slow');
    expect(told.mock.calls.filter(([message]) => message === 'a message took long').map(([, , fields]) => fields)).toContainEqual({
      queue: 'git-sync.revision.wanted', outcome: 'parked', message: letter.messageId, type: 'revision.wanted', correlation_id: 'c',
    });
    told.mockRestore();
  });

  it('is dead after its last attempt, and readable', async () => {
    handle = async () => { throw new Unavailable(failure); };
    await fabric.publish('revision.wanted', wanted('hopeless'));
    const letter = await deadLetter('hopeless');
    expect(letter).toMatchObject({ service: 'git-sync', consumer: 'git-sync.revision.wanted', type: 'revision.wanted', reason: 'NET-010', message: 'the world is away', attempts: 3, state: 'dead', stack: null, waiting: 0, source: 'fabric' });
    expect(letter.body).toMatchObject({ encoding: 'json', complete: true, content: { event_type: 'revision.wanted', data: { reason: 'hopeless' } } });
    expect(attemptsAt('hopeless')).toEqual([1, 2, 3]);
    expect(await effects('hopeless')).toBe(0);
  });

  it('keeps the stack of an error that nobody expected', async () => {
    handle = async () => { throw new TypeError('a defect'); };
    await fabric.publish('revision.wanted', wanted('defect'));
    expect(await deadLetter('defect')).toMatchObject({ reason: 'unexpected', message: 'a defect', stack: expect.stringContaining('failures.int.spec') as string, attempts: 3 });
  });

  it('keeps its attempts when the service starts anew', async () => {
    handle = async ({ reason }, { attempt }) => { if (reason === 'restarted' && attempt < 3) throw new Unavailable(failure); };
    const body = encoded('restarted', randomUUID());
    // As a process left it that ended after the first attempt.
    await gitSync.database.query(
      `INSERT INTO parked (consumer, message_id, type, body, body_hash, headers, attempts, due_at, reason, message) VALUES ('git-sync.revision.wanted', $1, 'revision.wanted', $2, sha256($2), '{}', 1, now(), 'r', 'm')`,
      [randomUUID(), body]);
    await eventually(async () => await effects('restarted') === 1);
    expect(attemptsAt('restarted')).toEqual([2, 3]);
  });

  it('is given up when no release has its handler any more', async () => {
    const park = (reason: string, consumer: string, ago: string) => gitSync.database.query(`
      INSERT INTO parked (consumer, message_id, type, body, body_hash, headers, attempts, due_at, reason, message) VALUES ($2, gen_random_uuid(), 'x.y', $1, sha256($1), '{}', 1, now() - $3::interval, 'r', 'm')`, [Buffer.from(reason), consumer, ago]);
    await park('of a handler that is gone', 'git-sync.of.yesterday', '25 hours');
    // Another release may still have it.
    await park('of another release', 'git-sync.of.yesterday', '1 hour');
    const again = await mesh.start('git-sync', [Reads]);
    expect(await deadLetter('of a handler that is gone')).toMatchObject({ reason: 'no-handler', consumer: 'git-sync.of.yesterday', attempts: 1, state: 'dead' });
    expect(await gitSync.count('parked', `consumer = 'git-sync.of.yesterday'`)).toBe(1);
    await gitSync.database.query('DELETE FROM parked');
    await again.running.stop();
  });

  it('is dead at once when no retry helps', async () => {
    handle = async () => { throw new Invalid(failure); };
    await fabric.publish('revision.wanted', wanted('wrong'));
    await deadLetter('"wrong"');
    expect(attemptsAt('wrong')).toEqual([1]);
  });

  it('has one effect when it is delivered twice', async () => {
    const body = encoded('twice', randomUUID());
    inject(body);
    inject(body);
    await eventually(async () => await mesh.depth('git-sync.revision.wanted') === 0 && await effects('twice') === 1);
    expect(attemptsAt('twice')).toEqual([1]);
  });

  it('is an id-conflict when another body has its id', async () => {
    const id = randomUUID();
    inject(encoded('original', id));
    await eventually(async () => await effects('original') === 1);
    inject(encoded('impostor', id));
    await eventually(async () => await gitSync.count('dead_letter', `message_id = '${id}' AND reason = 'id-conflict' AND state = 'dead'`) === 1);
    expect(await effects('impostor')).toBe(0);
  });

  it('is dead as schema when it can not be read', async () => {
    inject(Buffer.from('{"broken'));
    inject(Buffer.from([0xff, 0xfe, 0x00]));
    await eventually(async () => await gitSync.count('dead_letter', `reason = 'schema' AND state = 'dead'`) === 2);
    expect(await deadLetter('{"broken')).toMatchObject({ reason: 'schema', type: 'unknown', body: { encoding: 'text', content: '{"broken', note: 'The body is not JSON.' } });
    const binary = await gateway.running.app.get(BusClient).ask(deadLetterRequests('git-sync').get, { id: (await gitSync.database.query<{ id: string }>(`SELECT id FROM dead_letter WHERE body = '\\xfffe00'`))[0]!.id });
    expect(binary.body).toMatchObject({ encoding: 'base64', content: '//4A', note: 'The body is not UTF-8.' });
  });

  it('lets its neighbours flow', async () => {
    handle = async ({ reason }) => { if (reason === 'poison') throw new Unavailable(failure); };
    await fabric.publish('revision.wanted', wanted('poison'));
    for (let index = 0; index < 20; index++) await fabric.publish('revision.wanted', wanted(`neighbour ${index}`));
    await eventually(async () => await gitSync.count('effect', `reason LIKE 'neighbour%'`) === 20);
  });
});
