import type { ObservedObject } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { Coalescer } from './coalescer.ts';
import { observationMessages, type ObservationHead } from './observation-messages.ts';

function seen(name: string, resourceVersion: string, object: Record<string, unknown> = {}): ObservedObject {
  return { change: 'present', name, namespace: 'default', uid: name, resourceVersion, generation: 1, deletionTimestamp: null, finalizers: [], object, managers: [] };
}

function head(tooLarge: string[] = []): ObservationHead {
  let sequence = 0;
  return { fabricId: 'f', watchEpoch: 3, observedAt: '2026-11-21T10:00:00Z', nextSequence: () => ++sequence, snapshotId: () => 'snap', onTooLarge: (_kind, name) => tooLarge.push(name) };
}

const versions = (coalescer: Coalescer) => coalescer.take().map((pending) => [pending.snapshot?.length ?? null, ...[...pending.changes.values()].map((item) => `${item.name}@${item.resourceVersion}`)]);

describe('Coalescer', () => {
  it('keeps the last state of each object', () => {
    const coalescer = new Coalescer();
    coalescer.change('A', seen('x', '1'));
    coalescer.change('A', seen('x', '2'));
    coalescer.change('A', seen('y', '3'));
    expect(coalescer.size).toBe(2);
    expect(versions(coalescer)).toEqual([[null, 'x@2', 'y@3']]);
    expect(coalescer.size).toBe(0);
  });

  it('forgets what came before a snapshot', () => {
    const coalescer = new Coalescer();
    coalescer.change('A', seen('x', '1'));
    coalescer.snapshot('A', [seen('x', '2'), seen('y', '2')], '5');
    coalescer.change('A', seen('y', '6'));
    expect(coalescer.size).toBe(3);
    expect(versions(coalescer)).toEqual([[2, 'y@6']]);
  });

  it('takes back what could not be told, below what is newer', () => {
    const coalescer = new Coalescer();
    coalescer.snapshot('A', [seen('x', '1')], '1');
    coalescer.change('A', seen('y', '2'));
    const taken = coalescer.take();
    coalescer.change('A', seen('y', '3'));
    coalescer.putBack(taken);
    expect(coalescer.size).toBe(2);
    expect(versions(coalescer)).toEqual([[1, 'y@3']]);
  });

  it('drops what was taken when a newer snapshot is there', () => {
    const coalescer = new Coalescer();
    coalescer.change('A', seen('x', '1'));
    const taken = coalescer.take();
    coalescer.snapshot('A', [], '9');
    coalescer.putBack(taken);
    expect(versions(coalescer)).toEqual([[0]]);
  });
});

describe('observationMessages', () => {
  function pendingOf(fill: (coalescer: Coalescer) => void) {
    const coalescer = new Coalescer();
    fill(coalescer);
    return coalescer.take()[0]!;
  }

  it('tells an empty kind by an empty snapshot', () => {
    const messages = observationMessages(pendingOf((coalescer) => coalescer.snapshot('A', [], '9')), head());
    expect(messages).toMatchObject([{ mode: 'snapshot', snapshot: { id: 'snap', chunk: 1, chunks: 1 }, items: [], resourceVersion: '9', sequence: 1 }]);
  });

  it('splits a snapshot by size, each chunk with its place', () => {
    const body = { text: 'x'.repeat(60_000) };
    const messages = observationMessages(pendingOf((coalescer) => coalescer.snapshot('A', ['a', 'b', 'c', 'd', 'e'].map((name) => seen(name, '1', body)), '9')), head());
    expect(messages.map((message) => [message.snapshot, message.items.length, message.sequence])).toEqual([[{ id: 'snap', chunk: 1, chunks: 2 }, 3, 1], [{ id: 'snap', chunk: 2, chunks: 2 }, 2, 2]]);
    expect(messages.every((message) => JSON.stringify(message).length < 256_000)).toBe(true);
  });

  it('tells the snapshot before the changes after it', () => {
    const messages = observationMessages(pendingOf((coalescer) => {
      coalescer.snapshot('A', [seen('a', '1')], '1');
      coalescer.change('A', seen('b', '2'));
    }), head());
    // What was made between the list and the last change is not in the list, and not gone.
    expect(messages.map((message) => [message.mode, message.resourceVersion])).toEqual([['snapshot', '1'], ['changes', '2']]);
  });

  it('leaves out an object that fits into no message, and says so', () => {
    const tooLarge: string[] = [];
    const messages = observationMessages(pendingOf((coalescer) => coalescer.snapshot('A', [seen('big', '1', { text: 'x'.repeat(300_000) }), seen('a', '1')], '1')), head(tooLarge));
    expect(messages[0]!.items.map((item) => item.name)).toEqual(['a']);
    expect(tooLarge).toEqual(['big']);
  });
});
