import type { Envelope, EventFilter } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { filterSql, matchesFilter } from './filter-events.ts';

const event: Envelope = { event_id: 'e', event_type: 'fabric.state_changed', event_version: 1, timestamp: '', source: 'fabric', data: {}, metadata: { correlation_id: 'c', fabric_id: 'f' } };
const cases: [EventFilter, boolean][] = [
  [{}, true], [{ types: ['*'] }, true], [{ types: ['fabric.*'] }, true], [{ types: ['fabric.state_changed', 'drift.*'] }, true], [{ types: ['fab.*'] }, false], [{ types: ['fabric.state'] }, false],
  [{ source: 'fabric' }, true], [{ source: 'git-sync' }, false], [{ fabricId: 'f' }, true], [{ fabricId: 'g' }, false], [{ correlationId: 'c' }, true], [{ correlationId: 'd' }, false],
  [{ types: ['fabric.*'], source: 'git-sync' }, false],
];

describe('matchesFilter', () => {
  it.each(cases)('%j: %s', (filter, expected) => {
    expect(matchesFilter(filter, event)).toBe(expected);
  });
});

describe('filterSql', () => {
  it('numbers its parameters after those that are there', () => {
    const parameters: unknown[] = ['first'];
    expect(filterSql({ types: ['fabric.*', 'drift.detected'], source: 's' }, parameters)).toBe(
      `true AND (event_type = ANY ($2::text[]) OR split_part(event_type, '.', 1) = ANY ($3::text[])) AND source = $4`);
    expect(parameters).toEqual(['first', ['drift.detected'], ['fabric'], 's']);
  });
});
