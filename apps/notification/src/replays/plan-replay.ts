import type { ArchiveManifest } from '@heddle/contracts';
import { Gone, dayOf } from '@heddle/platform';

/** What is read one after the other: days out of the archive, by position, and then the log. */
export type ReplaySegment = { type: 'archive'; manifest: ArchiveManifest } | { type: 'log' };

/** A day that has left the log; without a manifest its events are gone. */
export interface DroppedDay {
  day: string;
  manifest: ArchiveManifest | null;
}

/**
 * Where the events of a time range are.
 * @param archive whether there is an archive to read from
 * @throws Gone with the oldest instant from which on everything is there
 */
export function planReplay(from: Date, until: Date, dropped: readonly DroppedDay[], archive: boolean): ReplaySegment[] {
  const [first, last] = [dayOf(from), dayOf(new Date(until.getTime() - 1))];
  const wanted = dropped.filter(({ day }) => day >= first && day <= last);
  const missing = wanted.filter(({ manifest }) => manifest === null || !archive).map(({ day }) => day).sort();
  if (missing.length > 0) {
    const oldest = `${dayOf(new Date(`${missing.at(-1)!}T00:00:00Z`), 1)}T00:00:00.000Z`;
    const archived = wanted.every(({ manifest }) => manifest !== null);
    throw new Gone({
      code: 'BUS-060', message: `The events of ${missing.length === 1 ? missing[0]! : `${missing.length} days up to ${missing.at(-1)!}`} have left the log; everything since ${oldest} is available.`,
      remedy: archived ? 'Name the archive by HEDDLE_ARCHIVE of notification, or begin at that instant.' : `Begin at ${oldest}. To keep events for longer, raise HEDDLE_EVENT_LOG_DAYS or name an archive by HEDDLE_ARCHIVE.`,
      details: { oldest, missing },
    });
  }
  const days = wanted.map(({ manifest }) => manifest!).filter(({ events }) => events > 0).sort((left, right) => (BigInt(left.firstPosition) < BigInt(right.firstPosition) ? -1 : 1));
  return [...days.map((manifest) => ({ type: 'archive' as const, manifest })), { type: 'log' }];
}
