import type { ArchiveManifest } from '@heddle/contracts';
import { Gone } from '@heddle/platform';
import { describe, expect, it } from 'vitest';
import { planReplay } from './plan-replay.ts';

const archived = (day: string, firstPosition: string, events = 1) => ({ day, manifest: { day, firstPosition, events } as ArchiveManifest });
const lost = (day: string) => ({ day, manifest: null });
const at = (day: string, time = '12:00') => new Date(`${day}T${time}:00Z`);
const days = (...segments: ReturnType<typeof planReplay>) => segments.map((segment) => (segment.type === 'log' ? 'log' : segment.manifest.day));

describe('planReplay', () => {
  it('reads the log alone when it has all days', () => {
    expect(days(...planReplay(at('2026-01-05'), at('2026-01-06'), [archived('2026-01-04', '1'), lost('2026-01-03')], true))).toEqual(['log']);
  });

  it('reads days of the archive in the order of their positions', () => {
    // The clock went back: the later day was logged first.
    expect(days(...planReplay(at('2026-01-01'), at('2026-01-06'), [archived('2026-01-02', '500'), archived('2026-01-01', '700'), archived('2026-01-03', '0', 0)], true)))
      .toEqual(['2026-01-02', '2026-01-01', 'log']);
  });

  it('ends before the day on whose midnight it ends', () => {
    expect(days(...planReplay(at('2026-01-01'), at('2026-01-03', '00:00'), [archived('2026-01-01', '1'), lost('2026-01-03')], true))).toEqual(['2026-01-01', 'log']);
  });

  it.each([
    [[archived('2026-01-01', '1'), lost('2026-01-02')], true, '2026-01-03', /Begin at/],
    [[lost('2026-01-02'), lost('2026-01-04'), archived('2026-01-05', '9')], true, '2026-01-05', /HEDDLE_EVENT_LOG_DAYS/],
    [[archived('2026-01-02', '1')], false, '2026-01-03', /Name the archive/],
  ])('refuses what is neither in the log nor in the archive: %j', (dropped, archive, oldest, remedy) => {
    const plan = () => planReplay(at('2026-01-01'), at('2026-01-09'), dropped, archive);
    expect(plan).toThrow(Gone);
    expect(plan).toThrow(expect.objectContaining({ details: expect.objectContaining({ oldest: `${oldest}T00:00:00.000Z` }), remedy: expect.stringMatching(remedy) }));
  });
});
