import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutboxLane } from './outbox-lane.ts';
import type { OfferedRow } from './outbox-row.ts';

const row = (id: number, orderingKey: string, after: number | null = null): OfferedRow => ({
  id, orderingKey, after, lane: 0, messageId: String(id), type: 't.t', exchange: 'e', routingKey: 't.t', body: Buffer.alloc(0), traceparent: undefined, attempts: 0, priority: 4, expiresAt: undefined,
});

describe('OutboxLane', () => {
  it('sends one row of a key at a time', () => {
    const lane = new OutboxLane();
    lane.offer(row(1, 'a'));
    lane.offer(row(2, 'a', 1));
    const first = lane.next()!;
    expect([first.id, lane.next()]).toEqual([1, undefined]);
    lane.sent(first);
    expect(lane.next()?.id).toBe(2);
  });

  it('lets other keys pass a busy one', () => {
    const lane = new OutboxLane();
    lane.offer(row(1, 'a'));
    lane.offer(row(2, 'b'));
    expect([lane.next()?.id, lane.next()?.id]).toEqual([1, 2]);
  });

  it('refuses a row whose predecessor is unknown', () => {
    expect(new OutboxLane().offer(row(2, 'a', 1))).toBe(false);
  });

  it('takes a row whose predecessor has left', () => {
    const lane = new OutboxLane();
    lane.offer(row(1, 'a'));
    lane.sent(lane.next()!);
    lane.deleted([1]);
    expect(lane.offer(row(2, 'a', 1))).toBe(true);
  });

  it('sends a row of unknown fate before its followers', () => {
    const lane = new OutboxLane();
    lane.offer(row(1, 'a'));
    lane.offer(row(2, 'a', 1));
    lane.again(lane.next()!);
    expect(lane.next()?.id).toBe(1);
  });

  it('forgets a held key and its followers', () => {
    const lane = new OutboxLane();
    lane.offer(row(1, 'a'));
    lane.offer(row(2, 'a', 1));
    lane.hold(lane.next()!);
    expect([lane.size, lane.next(), lane.offer(row(3, 'a', 2))]).toEqual([0, undefined, false]);
  });

  it('takes no row twice, not even a deleted one', () => {
    const lane = new OutboxLane();
    lane.add(row(1, 'a'));
    lane.add(row(1, 'a'));
    lane.sent(lane.next()!);
    lane.deleted([1]);
    lane.add(row(1, 'a'));
    expect(lane.next()).toBeUndefined();
  });

  it('keeps the order of each key in any course of events', () => {
    const step = fc.record({ pick: fc.nat(), outcome: fc.constantFrom('sent', 'again') });
    fc.assert(fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 20 }), fc.infiniteStream(step), fc.boolean(), (keys, steps, backwards) => {
      const lane = new OutboxLane();
      const rows = keys.map((key, index) => row(index, key));
      for (const each of backwards ? rows.reverse() : rows) lane.add(each);
      const onTheWay: OfferedRow[] = [];
      const sent: OfferedRow[] = [];
      while (sent.length < keys.length) {
        for (let next = lane.next(); next; next = lane.next()) onTheWay.push(next as OfferedRow);
        const { pick, outcome } = steps.next().value;
        const [chosen] = onTheWay.splice(pick % onTheWay.length, 1) as [OfferedRow];
        lane[outcome as 'sent' | 'again'](chosen);
        if (outcome === 'sent') sent.push(chosen);
      }
      for (const key of ['a', 'b', 'c']) {
        const ids = sent.filter(({ orderingKey }) => orderingKey === key).map(({ id }) => id);
        expect(ids).toEqual([...ids].sort((left, right) => left - right));
      }
    }));
  });
});
