import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { eventually } from '@heddle/testing';
import amqp from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrokerConnections, EVENTS_EXCHANGE, type MessageContext, OnMessage, REQUESTS_EXCHANGE, WORK_EXCHANGE } from '../src/index.ts';
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

  it('has its other exchange named with both types', async () => {
    const connection = await amqp.connect(mesh.vhost.amqpUrl);
    const channel = await connection.createChannel();
    await channel.deleteExchange(REQUESTS_EXCHANGE);
    await channel.assertExchange(REQUESTS_EXCHANGE, 'topic', { durable: true });
    await channel.unbindQueue(QUEUE, WORK_EXCHANGE, 'revision.wanted');
    await connection.close();
    const { differences } = (await mesh.start('k8s-sync')).running.app.get(BrokerConnections).declarer;
    expect(differences).toEqual([expect.objectContaining({ entity: `exchange ${REQUESTS_EXCHANGE}`, field: 'type', expected: 'direct', found: 'topic', remedy: expect.stringContaining('declared anew') as string })]);
  });

  it('is given the binding that was missing', async () => {
    const sender = await mesh.start('fabric');
    const reason = randomUUID();
    await sender.publish('revision.wanted', wanted(reason));
    await eventually(async () => await sender.count('outbox') === 0);
  });

  it('is given again what somebody deletes while services run', async () => {
    await mesh.start('gateway', [], { declareEveryMs: 50 });
    const bindings = async () => (await mesh.vhost.api.call<{ routing_key: string }[]>('GET', `/bindings/${mesh.vhost.name}/e/${WORK_EXCHANGE}/q/${QUEUE}`)).map((binding) => binding.routing_key);
    await mesh.vhost.api.call('DELETE', `/bindings/${mesh.vhost.name}/e/${WORK_EXCHANGE}/q/${QUEUE}/revision.wanted`);
    await eventually(async () => expect(await bindings()).toEqual(['revision.wanted']));
    await mesh.deleteQueue('k8s-sync.steps.cancel');
    await eventually(async () => await mesh.depth('k8s-sync.steps.cancel') === 0);
  });

  it('takes what a user of the bus adds', async () => {
    const sender = await mesh.start('fabric', [], {
      topology: {
        exchanges: [{ name: 'site.copy', type: 'fanout', bindings: [{ exchange: EVENTS_EXCHANGE, key: 'fabric.#' }] }],
        queues: ['site.one', 'site.two'].map((name) => ({ name, bindings: [{ exchange: 'site.copy', key: '' }] })),
      },
    });
    await sender.publish('fabric.state_changed', { fabricId: randomUUID(), name: 'f', from: null, to: 'planned' });
    for (const queue of ['site.one', 'site.two']) await eventually(async () => await mesh.depth(queue) === 1);
  });
});
