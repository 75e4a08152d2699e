import { describe, expect, it } from 'vitest';
import { Pace, eventsAtOnce } from './pace.ts';

describe('Pace', () => {
  it('lets through no more than the rate', () => {
    const pace = new Pace(100);
    expect(pace.delay(0)).toBe(0);
    pace.sent(10, 0);
    expect(pace.delay(30)).toBe(70);
    pace.sent(10, 100);
    expect(pace.delay(100)).toBe(100);
  });

  it('does not catch up on time that passed', () => {
    const pace = new Pace(10);
    pace.sent(1, 0);
    pace.sent(1, 60_000);
    expect(pace.delay(60_000)).toBe(100);
  });

  it.each([[1, 1], [100, 10], [2_000, 200], [10_000, 200]])('sends at %i a second %i at once', (rate, events) => {
    expect(eventsAtOnce(rate)).toBe(events);
  });
});
