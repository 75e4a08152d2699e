import { hash, randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { Invalid } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { receive, takenLately } from '../src/inbox/inbox.ts';
import { type BatchContext, type BatchItemOf, OnMessages } from '../src/index.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

let sizes: number[] = [];

@Controller()
class Reads {
  @OnMessages('revision.wanted', { batch: { size: 50, waitMs: 100 }, retryDelaysMs: [50] })
  async onWanted(items: BatchItemOf<'revision.wanted'>[], { tx }: BatchContext): Promise<void> {
    sizes.push(items.length);
    await tx.query('INSERT INTO effect (reason) SELECT * FROM unnest($1::text[])', [items.map(({ data }) => data.reason)]);
    if (items.some(({ data }) => data.reason === 'poison')) throw new Invalid({ code: 'VAL-003', message: 'poison', remedy: 'none' });
  }
}

describe('a batch', () => {
  let mesh: Mesh;
  let fabric: TestService;
  let gitSync: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    fabric = await mesh.start('fabric');
    gitSync = await mesh.start('git-sync', [Reads]);
    await gitSync.database.query('CREATE TABLE effect (reason text)');
  });
  afterAll(() => mesh.stop());
  beforeEach(() => { sizes = []; });

  const publish = (reasons: string[]) => fabric.database.transaction((tx) => fabric.outbox.addMany(tx, reasons.map((reason) => ({ type: 'revision.wanted', data: wanted(reason) }))));

  it('is handled in one transaction and acknowledged as a whole', async () => {
    await publish(Array.from({ length: 120 }, (_, index) => `item ${index}`));
    await eventually(async () => await gitSync.count('effect') === 120 && await mesh.depth('git-sync.revision.wanted') === 0);
    expect(sizes.length).toBeLessThan(12);
    expect(await gitSync.count('inbox')).toBe(120);
  });

  it('is handled message by message when it fails', async () => {
    await publish(['before', 'poison', 'after']);
    await eventually(async () => await gitSync.count('effect', `reason IN ('before', 'after')`) === 2);
    await eventually(async () => await gitSync.count('dead_letter', `state = 'dead' AND reason = 'VAL-003'`) === 1);
    expect(await gitSync.count('effect', `reason = 'poison'`)).toBe(0);
    await eventually(async () => await mesh.depth('git-sync.revision.wanted') === 0);
  });

  it('settles no neighbour that could not be parked', async () => {
    const connection = await amqp.connect(mesh.vhost.amqpUrl);
    const channel = await connection.createChannel();
    const before = await gitSync.handled('interrupted');
    await gitSync.database.query('ALTER TABLE dead_letter RENAME TO dead_letter_elsewhere');
    channel.sendToQueue('git-sync.revision.wanted', Buffer.from('not JSON'), { messageId: 'unreadable' });
    await publish(['beside it 1', 'beside it 2']);
    await eventually(async () => await gitSync.count('effect', `reason LIKE 'beside it%'`) === 2);
    // By now it has come so often that its handler would be suspected, had it one.
    await eventually(async () => await gitSync.handled('interrupted') >= before + 4);
    await publish(['after it']);
    await eventually(async () => await gitSync.count('effect', `reason = 'after it'`) === 1);
    await gitSync.database.query('ALTER TABLE dead_letter_elsewhere RENAME TO dead_letter');
    await eventually(async () => await gitSync.count('dead_letter', `message_id = 'unreadable' AND state = 'dead'`) === 1);
    await connection.close();
  });

  it('parks what a stranger wrote with NUL characters', async () => {
    const connection = await amqp.connect(mesh.vhost.amqpUrl);
    const channel = await connection.createChannel();
    channel.sendToQueue('git-sync.revision.wanted', Buffer.from('not JSON\0'), { messageId: 'with\0NUL', headers: { note: 'a\0b', path: 'C:\\u0000' } });
    await eventually(async () => await gitSync.count('dead_letter', `message_id = 'withNUL' AND headers->>'note' = 'ab' AND headers->>'path' = 'C:\\u0000'`) === 1);
    await connection.close();
  });

  it('knows its messages again, however their ids are spelled', async () => {
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
    const message = (messageId: string, body: string) => ({ messageId, hash: hash('sha256', body, 'buffer') });
    const note = (messages: ReturnType<typeof message>[]) => gitSync.database.transaction((tx) => receive(tx, 'noted', messages));
    expect(await note([message(first, 'a'), message(second, 'b')])).toEqual(['new', 'new']);
    expect(await note([message(first.toUpperCase(), 'a'), message(second, 'other'), message(third, 'c'), message(third.toUpperCase(), 'c'), message(third, 'other')]))
      .toEqual(['duplicate', 'conflict', 'new', 'duplicate', 'conflict']);
    expect(await gitSync.count('inbox', `consumer = 'noted'`)).toBe(3);
    expect(await takenLately(gitSync.database, ['noted', 'not'])).toEqual(new Set(['noted']));
    await gitSync.database.query(`UPDATE inbox SET consumer = 'noted@' || gen_random_uuid(), received_at = now() - interval '50 seconds' WHERE consumer = 'noted'`);
    expect(await takenLately(gitSync.database, ['noted'])).toEqual(new Set(['noted']));
    await gitSync.database.query(`UPDATE inbox SET received_at = now() - interval '70 seconds' WHERE consumer LIKE 'noted@%'`);
    expect(await takenLately(gitSync.database, ['noted'])).toEqual(new Set());
  });

  it('asks no inbox about no queue', async () => {
    await gitSync.database.query('ALTER TABLE inbox RENAME TO inbox_elsewhere');
    try {
      expect(await takenLately(gitSync.database, [])).toEqual(new Set());
    } finally {
      await gitSync.database.query('ALTER TABLE inbox_elsewhere RENAME TO inbox');
    }
  });

  it('handles a message once more for each replay that sends it, however often', async () => {
    const connection = await amqp.connect(mesh.vhost.amqpUrl);
    const channel = await connection.createConfirmChannel();
    const [id, replay] = [randomUUID(), randomUUID()];
    const body = Buffer.from(JSON.stringify({
      event_id: id, event_type: 'revision.wanted', event_version: 1, timestamp: new Date().toISOString(), source: 'fabric', data: wanted('again'), metadata: { correlation_id: id },
    }));
    for (const headers of [{}, { 'heddle-replay': replay }, {}, { 'heddle-replay': replay }]) channel.sendToQueue('git-sync.revision.wanted', body, { messageId: id, headers });
    await channel.waitForConfirms();
    await eventually(async () => await gitSync.count('inbox', `message_id = '${id}'`) === 2 && await mesh.depth('git-sync.revision.wanted') === 0);
    channel.sendToQueue('git-sync.revision.wanted', body, { messageId: id, headers: { 'heddle-replay': replay } });
    await publish(['the last']);
    await eventually(async () => await gitSync.count('effect', `reason = 'the last'`) === 1);
    expect(await gitSync.count('effect', `reason = 'again'`)).toBe(2);
    expect(await gitSync.count('inbox', `message_id = '${id}' AND consumer = 'git-sync.revision.wanted@${replay}'`)).toBe(1);
    await connection.close();
  });
});
