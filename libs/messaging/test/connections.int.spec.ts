import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { eventually, TcpProxy } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MessageContext, OnMessage } from '../src/index.ts';
import { Ledger } from './ledger.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

const QUEUE = 'git-sync.revision.wanted';
const gates = new Map<string, Promise<void>>();
const begun: string[] = [];

@Controller()
class Reads {
  // What fails is not tried again within the test: a second call is a second delivery.
  @OnMessage('revision.wanted', { retryDelaysMs: [600_000] })
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    begun.push(reason);
    await tx.query(`INSERT INTO ledger.effect (consumer, id) VALUES ('git-sync', $1)`, [reason]);
    await gates.get(reason);
  }
}

function closeGate(reason: string): PromiseWithResolvers<void> {
  const gate = Promise.withResolvers<void>();
  gates.set(reason, gate.promise);
  return gate;
}

describe('a connection to the broker', () => {
  let mesh: Mesh;
  let broker: TcpProxy;
  let ledger: Ledger;
  let fabric: TestService;
  let gitSync: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    broker = await TcpProxy.before(mesh.vhost.amqpUrl, 5672);
    ledger = await Ledger.open(mesh.database.url);
    fabric = await mesh.start('fabric', [], { amqpUrl: broker.url });
    gitSync = await mesh.start('git-sync', [Reads], { amqpUrl: broker.url });
  });
  afterAll(async () => {
    await mesh.stop();
    await broker.close();
  });

  it('settles no other message when an acknowledgement is late', { timeout: 180_000 }, async () => {
    await eventually(async () => (await mesh.queue(QUEUE)).consumerCount === 1, { timeout: 60_000 });
    const late = closeGate('late');
    const other = closeGate('other');
    await fabric.publish('revision.wanted', wanted('first'));
    await eventually(() => begun.includes('first'));
    await fabric.publish('revision.wanted', wanted('late')); // tag 2
    await eventually(() => begun.includes('late'));
    broker.cut();
    broker.restore();
    await fabric.publish('revision.wanted', wanted('other')); // behind the one that comes again: tag 2 of the new channel
    await eventually(() => begun.includes('other'), { timeout: 60_000 });
    late.resolve();
    await eventually(async () => await gitSync.handled('duplicate') >= 1);
    // Were 'other' settled by the late acknowledgement, it would not come again now.
    broker.cut();
    broker.restore();
    gates.delete('other');
    other.reject(new Error('not this time'));
    await eventually(() => begun.filter((reason) => reason === 'other').length === 2, { timeout: 60_000 });
    await eventually(async () => await ledger.effects() === 3);
    expect(await ledger.query('SELECT id FROM ledger.effect ORDER BY id')).toEqual([{ id: 'first' }, { id: 'late' }, { id: 'other' }]);
  });
});
