import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BREAKER_TRANSITIONS, type BreakerEvent, type BreakerState, CLOSED, nextBreaking, openForMs } from './breaker-machine.ts';

const after = (...events: BreakerEvent[]) => events.reduce(nextBreaking, CLOSED);

describe('the breaker before the broker', () => {
  it.each<[BreakerState, BreakerEvent[]]>([
    ['closed', []],
    ['closed', ['answered', 'refused', 'stirred', 'waited']],
    ['open', ['overdue']],
    ['open', ['overdue', 'answered']],
    ['half-open', ['overdue', 'waited']],
    ['half-open', ['overdue', 'stirred']],
    ['half-open', ['overdue', 'waited', 'stirred']],
    ['closed', ['overdue', 'waited', 'answered']],
    ['open', ['overdue', 'waited', 'overdue']],
    ['open', ['overdue', 'waited', 'refused']],
  ])('is %s after %j', (state, events) => {
    expect(after(...events).state).toBe(state);
  });

  it('knows every event in every state', () => {
    const events = Object.keys(BREAKER_TRANSITIONS.closed);
    for (const transitions of Object.values(BREAKER_TRANSITIONS)) expect(Object.keys(transitions)).toEqual(events);
  });

  it('closes only from half-open, by an answer', () => {
    const event = fc.constantFrom<BreakerEvent>('answered', 'refused', 'overdue', 'stirred', 'waited');
    fc.assert(fc.property(fc.array(event), event, (events, last) => {
      const before = after(...events);
      const now = nextBreaking(before, last);
      if (before.state !== 'closed' && now.state === 'closed') expect([before.state, last]).toEqual(['half-open', 'answered']);
    }));
  });

  it('counts openings until it is closed again', () => {
    expect(after('overdue', 'waited', 'overdue', 'stirred', 'refused').openings).toBe(3);
    expect(after('overdue', 'waited', 'overdue', 'waited', 'answered')).toEqual(CLOSED);
  });

  it('waits twice as long each time, up to the bound', () => {
    expect([1, 2, 3, 4, 100].map((openings) => openForMs(openings, 5_000, 30_000))).toEqual([5_000, 10_000, 20_000, 30_000, 30_000]);
  });
});
