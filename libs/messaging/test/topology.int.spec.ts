import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { eventually } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrokerConnections, type MessageContext, OnMessage } from '../src/index.ts';
import { Mesh, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';

@Controller()
class Reads {
  @OnMessage('revision.wanted')
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    await tx.query('INSERT INTO effect (reason) VALUES ($1)', [reason]);
  }
}

describe('a broker that differs from the contracts', () => {
  let mesh: Mesh;

  beforeAll(async () => {
    mesh = await Mesh.create();
    const connection = await amqp.connect(mesh.vhost.amqpUrl);
    const channel = await connection.createChannel();
    await channel.assertQueue(QUEUE, { durable: true, maxLength: 10_000 });
    await connection.close();
  });
  afterAll(() => mesh.stop());

  it('is used as it is, its difference named with the remedy', async () => {
    const fabric = await mesh.start('fabric');
    const gitSync = await mesh.start('git-sync', [Reads]);
    await gitSync.database.query('CREATE TABLE effect (reason text)');
    for (const { running } of [fabric, gitSync]) {
      const { differences } = running.app.get(BrokerConnections).declarer;
      expect(differences).toEqual([{ entity: `queue ${QUEUE}`, field: expect.any(String) as string, expected: expect.any(String) as string, found: expect.any(String) as string, reason: expect.stringContaining('PRECONDITION') as string, remedy: expect.stringContaining(`delete queue ${QUEUE}`) as string }]);
    }
    const reason = randomUUID();
    await fabric.publish('revision.wanted', wanted(reason));
    await eventually(async () => await gitSync.count('effect', `reason = '${reason}'`) === 1);
  });

  it('is declared anew when the remedy was followed', async () => {
    await mesh.vhost.api.call('DELETE', `/queues/${mesh.vhost.name}/${QUEUE}`);
    const late = await mesh.start('notification');
    expect(late.running.app.get(BrokerConnections).declarer.differences).toEqual([]);
    expect(await mesh.depth(QUEUE)).toBe(0);
  });
});
