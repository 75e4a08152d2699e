import { describe, expect, it } from 'vitest';
import { subscriptionsOf, topologyOf } from '../topology/topology.ts';
import { EVERY_EVENT, type HandlerExtras } from './bus-pattern.ts';
import { consumerOf } from './consumer-of.ts';

const extras: HandlerExtras & { heddle: 'messages' } = { heddle: 'messages', prefetch: undefined, retryDelaysMs: undefined, afterDeadLetter: undefined, batch: undefined };
const consumer = (service: 'fabric' | 'git-sync' | 'notification', pattern: string, changes: Partial<typeof extras> = {}) =>
  consumerOf(service, pattern, { ...extras, ...changes }, async () => undefined, subscriptionsOf(topologyOf(), service));

describe('consumerOf', () => {
  it('takes order and queues from the contract', () => {
    expect(consumer('fabric', 'revision.observed')).toMatchObject({ queue: 'fabric.revision.observed', order: 'key', afterDeadLetter: 'continue', queues: expect.arrayContaining(['fabric.revision.observed.7']) as string[] });
    expect(consumer('git-sync', 'revision.wanted')).toMatchObject({ queues: ['git-sync.revision.wanted'], order: 'none' });
    expect(consumer('notification', EVERY_EVENT)).toMatchObject({ queues: ['notification.events'], order: 'none' });
  });

  it('has twenty messages in hand, or two batches', () => {
    expect(consumer('git-sync', 'revision.wanted').prefetch).toBe(20);
    expect(consumer('git-sync', 'revision.wanted', { batch: { size: 50, waitMs: 1 } }).prefetch).toBe(100);
    expect(consumer('git-sync', 'revision.wanted', { batch: { size: 50, waitMs: 1 }, prefetch: 60 }).prefetch).toBe(60);
  });

  it('holds no keys back whose order nobody asked for', () => {
    expect(consumer('fabric', 'revision.observed', { afterDeadLetter: 'hold' }).afterDeadLetter).toBe('hold');
    expect(() => consumer('git-sync', 'revision.wanted', { afterDeadLetter: 'hold' })).toThrow('asks for no order');
  });
});
