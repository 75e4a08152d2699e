import { describe, expect, it } from 'vitest';
import { OutboxLane } from './outbox-lane.ts';
import type { OfferedRow } from './outbox-row.ts';

const row = (id: number, orderingKey: string, after: number | null = null): OfferedRow => ({
  id, orderingKey, after, lane: 0, messageId: String(id), type: 't.t', exchange: 'e', routingKey: 't.t', body: Buffer.alloc(10), traceparent: undefined, attempts: 0, priority: 4, expiresAt: undefined,
});
const laneOf = (...rows: OfferedRow[]) => {
  const lane = new OutboxLane();
  lane.take(lane.beginReading(), rows);
  return lane;
};

describe('OutboxLane', () => {
  it('sends one row of a key at a time', () => {
    const lane = laneOf(row(1, 'a'));
    lane.offer(row(2, 'a', 1));
    const first = lane.next()!;
    expect([first.id, lane.next()]).toEqual([1, undefined]);
    lane.sent(first);
    expect(lane.next()?.id).toBe(2);
  });

  it('lets other keys pass a busy one', () => {
    const lane = laneOf(row(1, 'a'), row(2, 'b'));
    expect([lane.next()?.id, lane.next()?.id]).toEqual([1, 2]);
  });

  it('refuses a row whose predecessor is unknown', () => {
    expect(new OutboxLane().offer(row(2, 'a', 1))).toBe('gap');
  });

  it('takes a row whose predecessor has left', () => {
    const lane = laneOf(row(1, 'a'));
    lane.sent(lane.next()!);
    lane.deleted([1]);
    expect(lane.offer(row(2, 'a', 1))).toBe('taken');
  });

  it('remembers the last 4,096 rows that left, and no more than twice as many', () => {
    const lane = laneOf();
    for (let id = 1; id <= 20_000; id++) {
      lane.offer(row(id, `key ${id}`));
      lane.sent(lane.next()!);
      lane.deleted([id]);
    }
    expect([20_000 - 4_095, 20_000 - 2 * 4_096].map((after) => lane.offer(row(20_001 + after, 'a', after)))).toEqual(['taken', 'gap']);
  });

  it('sends a row of unknown fate before its followers', () => {
    const lane = laneOf(row(1, 'a'), row(2, 'a'));
    lane.again(lane.next()!);
    expect(lane.next()?.id).toBe(1);
  });

  it('forgets a held key and its followers', () => {
    const lane = laneOf(row(1, 'a'), row(2, 'a'));
    lane.hold(lane.next()!);
    expect([lane.size, lane.bytes, lane.next(), lane.offer(row(3, 'a', 2))]).toEqual([0, 0, undefined, 'gap']);
  });

  it('takes nothing of a key that was held while it was read', () => {
    const lane = laneOf(row(1, 'a'));
    const reading = lane.beginReading();
    lane.hold(lane.next()!);
    lane.take(reading, [row(2, 'a'), row(3, 'b')]);
    expect([lane.next()?.id, lane.next()]).toEqual([3, undefined]);
    lane.take(lane.beginReading(), [row(1, 'a'), row(2, 'a')]);
    expect(lane.next()?.id).toBe(1);
  });

  it('takes no row again that was deleted while it was read', () => {
    const lane = new OutboxLane();
    const reading = lane.beginReading();
    lane.offer(row(1, 'a'));
    lane.sent(lane.next()!);
    lane.deleted([1]);
    lane.take(reading, [row(1, 'a')]);
    expect(lane.next()).toBeUndefined();
  });

  it('leaves the flood of one key in the table', () => {
    const lane = new OutboxLane(2);
    lane.take(lane.beginReading(), [1, 2, 3, 4].map((id) => row(id, 'a')));
    expect([lane.size, lane.beginReading().full, lane.offer(row(5, 'a', 4)), lane.offer(row(6, 'b'))]).toEqual([2, ['a'], 'full', 'taken']);
    lane.sent(lane.next()!);
    expect([lane.hungry, lane.beginReading().full]).toEqual([true, []]);
  });

  it('tells what is on its way or sent and not deleted', () => {
    const lane = laneOf(row(1, 'a'), row(2, 'a'), row(3, 'b'));
    const first = lane.next()!;
    expect([lane.unsettled, lane.bytes]).toEqual([1, 20]);
    lane.sent(first);
    expect(lane.unsettled).toBe(1);
    lane.deleted([1]);
    expect([lane.unsettled, lane.size]).toEqual([0, 2]);
  });
});
