import type { Outbox } from '@heddle/messaging';
import type { Clock, Database, Ids, Lease, Logger } from '@heddle/platform';
import { describe, expect, it } from 'vitest';
import { ObservationFlush } from './observation-flush.ts';

function flushInto(told: Record<string, unknown>[]): ObservationFlush {
  return new ObservationFlush({
    fabricId: 'f', flushMs: 10_000,
    lease: { epoch: 3, signal: new AbortController().signal, assertIn: async () => undefined } as unknown as Lease,
    database: { transaction: async (fn: (tx: unknown) => Promise<void>) => fn({}) } as unknown as Database,
    outbox: { room: async () => undefined, add: async (_tx: unknown, type: string, data: object) => { told.push({ type, ...data }); } } as unknown as Outbox,
    clock: { now: () => new Date(0) } as Clock, ids: { uuid: () => 'id' } as Ids, logger: {} as Logger,
  });
}

describe('ObservationFlush', () => {
  it('gives one sign of life while nothing happens', async () => {
    const told: Record<string, unknown>[] = [];
    const flush = flushInto(told);
    flush.alive('VPC');
    await flush.flush();
    await flush.flush();
    expect(told).toMatchObject([{ type: 'objects.observed', kind: 'VPC', mode: 'changes', items: [], watchEpoch: 3, sequence: 1 }]);
  });

  it('gives none beside what it has to tell', async () => {
    const told: Record<string, unknown>[] = [];
    const flush = flushInto(told);
    flush.coalescer.snapshot('VPC', [], '5');
    flush.alive('VPC');
    await flush.flush();
    expect(told).toMatchObject([{ mode: 'snapshot' }]);
  });
});
