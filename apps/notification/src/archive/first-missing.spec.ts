import type { Envelope } from '@heddle/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstMissing } from './first-missing.ts';

/** An event of this id at each position. */
type Day = readonly { position: number; id: string }[];

const eventOf = (id: string) => ({ event_id: id }) as Envelope;

async function* pagesOf(day: Day) {
  for (let from = 0; from < day.length; from += 2) yield day.slice(from, from + 2).map(({ position, id }) => ({ position: String(position), line: JSON.stringify({ event: eventOf(id) }) }));
}

async function* linesOf(day: Day) {
  for (const { position, id } of day) yield { position: String(position), loggedAt: '', event: eventOf(id) };
}

const days = fc.uniqueArray(fc.record({ position: fc.integer({ min: 1, max: 12 }), id: fc.constantFrom('a', 'b') }), { selector: ({ position }) => position })
  .map((day) => day.sort((left, right) => left.position - right.position));

describe('the first event that the archive lacks', () => {
  it('is that of the log without an equal', async () => {
    await fc.assert(fc.asyncProperty(days, days, async (log, archived) => {
      const lacked = log.find(({ position, id }) => !archived.some((other) => other.position === position && other.id === id));
      expect(await firstMissing(pagesOf(log), linesOf(archived))).toBe(lacked && String(lacked.position));
    }));
  });
});
