import { randomUUID } from 'node:crypto';
import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { currentContext, runInContext } from '@heddle/platform';
import { eventually } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BatchContext, BatchItem, MessageContext } from '../src/index.ts';
import { OnEveryEvent, OnMessage } from '../src/index.ts';
import { Mesh, type TestService, wanted } from './mesh.ts';

const taken: { data: MessageData<'revision.wanted'>; context: MessageContext; work: unknown }[] = [];
const events: BatchItem[] = [];

@Controller()
class Reads {
  @OnMessage('revision.wanted')
  async onWanted(data: MessageData<'revision.wanted'>, context: MessageContext): Promise<void> {
    taken.push({ data, context, work: currentContext() });
  }
}

@Controller()
class Logs {
  @OnEveryEvent()
  async onEvents(items: BatchItem[], _context: BatchContext): Promise<void> {
    events.push(...items);
  }
}

describe('the road from outbox to inbox', () => {
  let mesh: Mesh;
  let fabric: TestService;
  let gitSync: TestService;

  beforeAll(async () => {
    mesh = await Mesh.create();
    fabric = await mesh.start('fabric');
    gitSync = await mesh.start('git-sync', [Reads]);
    await mesh.start('notification', [Logs]);
  });
  afterAll(() => mesh.stop());

  const takenWith = (reason: string) => eventually(() => taken.find(({ data }) => data.reason === reason) ?? false);

  it('brings a command to its handler with what it was sent in', async () => {
    const fabricId = randomUUID();
    await runInContext({ correlationId: 'push-1', causationId: 'cause-1', actor: { type: 'user', id: 'u1' } }, () => fabric.publish('revision.wanted', wanted('first', fabricId), { fabricId, sequence: 7 }));
    const { data, context, work } = await takenWith('first');
    expect(data).toEqual({ fabricId, fromTree: null, reason: 'first' });
    expect(context.attempt).toBe(1);
    expect(context.envelope).toMatchObject({
      source: 'fabric', event_type: 'revision.wanted',
      metadata: { correlation_id: 'push-1', causation_id: 'cause-1', actor: { type: 'user', id: 'u1' }, fabric_id: fabricId, ordering_key: fabricId, sequence: 7 },
    });
    expect(work).toEqual({ correlationId: 'push-1', causationId: context.envelope.event_id, actor: { type: 'user', id: 'u1' }, fabricId });
  });

  it('leaves no outbox row and one inbox row', async () => {
    await fabric.publish('revision.wanted', wanted('rows'));
    const { context } = await takenWith('rows');
    await eventually(async () => await fabric.count('outbox') === 0);
    await eventually(async () => await gitSync.count('inbox', `message_id = '${context.envelope.event_id}'`) === 1);
  });

  it('publishes nothing of a transaction that rolls back', async () => {
    await expect(fabric.database.transaction(async (tx) => {
      await fabric.outbox.add(tx, 'revision.wanted', wanted('rolled back'));
      throw new Error('no');
    })).rejects.toThrow('no');
    await fabric.publish('revision.wanted', wanted('after it'));
    await takenWith('after it');
    expect(taken.map(({ data }) => data.reason)).not.toContain('rolled back');
  });

  it('refuses data that breaks the contract before the commit', async () => {
    await expect(fabric.publish('revision.wanted', { ...wanted('x'), fabricId: 'none' })).rejects.toThrow('does not fit its contract');
    expect(await fabric.count('outbox')).toBe(0);
  });

  it('brings every event to the one queue for all', async () => {
    const fabricId = randomUUID();
    await fabric.publish('fabric.state_changed', { fabricId, name: 'f', from: null, to: 'planned' });
    await eventually(() => events.some(({ envelope }) => envelope.event_type === 'fabric.state_changed' && envelope.metadata.fabric_id === undefined));
  });

  it('keeps the order of a key under load', async () => {
    const keys = [randomUUID(), randomUUID(), randomUUID()];
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    await Promise.all(keys.map(async (key) => {
      for (const number of numbers) await fabric.publish('revision.wanted', wanted(`ordered ${number}`, key), { fabricId: key });
    }));
    const of = (key: string) => taken.filter(({ data }) => data.fabricId === key).map(({ data }) => Number(data.reason.split(' ')[1]));
    await eventually(() => keys.every((key) => of(key).length === numbers.length));
    for (const key of keys) expect(of(key)).toEqual(numbers);
  });
});
