import { createHash, randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { deadLetterRequests, type MessageData } from '@heddle/contracts';
import { eventually } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusClient, type MessageContext, OnMessage } from '../src/index.ts';
import { encodeData, encodeEnvelope } from '../src/outbox/encode-message.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';

@Controller()
class Reads {
  @OnMessage('revision.wanted')
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    await tx.query('INSERT INTO effect (reason) VALUES ($1)', [reason]);
  }
}

describe('bytes that are no message', () => {
  let mesh: Mesh;
  let gitSync: TestService;
  let client: BusClient;
  let raw: amqp.ChannelModel;
  let channel: amqp.ConfirmChannel;

  beforeAll(async () => {
    mesh = await Mesh.create();
    gitSync = await mesh.start('git-sync', [Reads]);
    client = (await mesh.start('gateway')).running.app.get(BusClient);
    await gitSync.database.query('CREATE TABLE effect (reason text)');
    raw = await amqp.connect(mesh.vhost.amqpUrl);
    channel = await raw.createConfirmChannel();
  });
  afterAll(async () => {
    await raw.close();
    await mesh.stop();
  });

  const message = (reason: string, eventId: string = randomUUID()) => encodeEnvelope('revision.wanted', encodeData('revision.wanted', wanted(reason)), { eventId, timestamp: new Date(), source: 'fabric', metadata: { correlation_id: 'push-1' } });
  const inject = async (body: Buffer, properties: amqp.Options.Publish = {}) => {
    channel.sendToQueue(QUEUE, body, { messageId: randomUUID(), ...properties });
    await channel.waitForConfirms();
  };
  const arrived = (reason: string) => eventually(async () => await gitSync.count('effect', `reason = '${reason}'`) === 1);
  /** The dead letter of a body; a neighbour that was sent after it is handled. */
  const deadLetterOf = async (body: Buffer, properties: amqp.Options.Publish = {}) => {
    const neighbour = randomUUID();
    await inject(body, properties);
    await inject(message(neighbour));
    await arrived(neighbour);
    const hash = createHash('sha256').update(body).digest();
    const [row] = await eventually(async () => {
      const rows = await gitSync.database.query<{ id: string }>('SELECT id FROM dead_letter WHERE body_hash = $1', [hash]);
      return rows.length === 1 && rows;
    });
    return client.ask(deadLetterRequests('git-sync').get, { id: row!.id });
  };
  const changed = (change: (text: string) => string) => Buffer.from(change(message('changed').toString()));

  it.each([
    ['broken JSON', () => message('x').subarray(0, 60), 'not JSON'],
    ['bytes that are not UTF-8', () => changed((text) => text).fill(0xff, 10, 12), 'not UTF-8'],
    ['an unknown version', () => changed((text) => text.replace('"event_version":1', '"event_version":77')), 'Version 77'],
    ['data of another schema', () => changed((text) => text.replace('"reason":"changed"', '"reason":7')), 'reason'],
    ['a key that stands twice', () => changed((text) => text.replace('"reason":"changed"', '"reason":"changed","reason":"twice"')), "'data.reason' stands twice"],
    ['the name of the prototype', () => changed((text) => text.replace('"reason":', '"__proto__":{"polluted":true},"reason":')), "'data.__proto__'"],
    ['a bomb of levels', () => Buffer.from('{"a":'.repeat(100_000)), 'nested deeper'],
    ['nothing at all', () => Buffer.alloc(0), 'not JSON'],
  ])('are a dead letter: %s', async (_, body, text) => {
    expect(await deadLetterOf(body())).toMatchObject({ reason: 'schema', attempts: 1, message: expect.stringContaining(text) as string, body: { complete: true } });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(await gitSync.count('effect', `reason IN ('changed', 'twice')`)).toBe(0);
  });

  it('are found by what can be read of them', async () => {
    expect(await deadLetterOf(changed((text) => text.replace('"reason":"changed"', '"reason":null')))).toMatchObject({ type: 'revision.wanted', source: 'fabric', correlationId: 'push-1' });
  });

  it('may be larger than anything that is kept', async () => {
    const body = Buffer.alloc(100_000_000, message('large'));
    const letter = await deadLetterOf(body);
    expect(letter).toMatchObject({ reason: 'too-large', size: 100_000_000, body: { complete: false, sha256: createHash('sha256').update(body).digest('hex'), note: expect.stringContaining('first 65536 of 100000000') as string } });
    expect(await gitSync.database.query(`SELECT octet_length(body) AS kept FROM dead_letter WHERE id = $1`, [letter.id])).toEqual([{ kept: 65_536 }]);
  });

  it('may come with headers that no table takes', async () => {
    let nested: Record<string, unknown> = { end: 1 };
    for (let level = 0; level < 200; level++) nested = { down: nested };
    const letter = await deadLetterOf(Buffer.from('with headers'), { headers: { nested, nul: 'a\0b' } });
    expect(letter.headers).toMatchObject({ nul: 'ab' });
    expect(JSON.stringify(letter.headers)).toContain('nested too deep');
  });

  it('may have the id of a message that was handled', async () => {
    const id = randomUUID();
    await inject(message('original', id));
    await arrived('original');
    expect(await deadLetterOf(message('impostor', id))).toMatchObject({ reason: 'id-conflict', messageId: id });
    expect(await gitSync.count('effect', `reason = 'impostor'`)).toBe(0);
  });
});
