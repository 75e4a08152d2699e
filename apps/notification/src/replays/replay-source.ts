import type { Envelope, EventFilter } from '@heddle/contracts';
import { Database, dayOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { Archive } from '../archive/archive.ts';
import { filterSql, matchesFilter } from '../event-log/filter-events.ts';
import type { ReplaySegment } from './plan-replay.ts';

const PAGE = 500;

/** An event that was looked at; without `event` it does not pass the filter. */
export interface ScannedEvent {
  position: string;
  event?: Envelope;
}

export interface ReplayRange {
  from: Date;
  until: Date;
  filter: EventFilter;
}

/** Reads the events of a time range, in pages by position, wherever they are. */
@Injectable()
export class ReplaySource {
  constructor(private readonly database: Database, private readonly archive: Archive) {}

  /** How many events there are to look at. */
  async total(segments: readonly ReplaySegment[], { from, until }: ReplayRange): Promise<number> {
    const [row] = await this.database.query<{ n: number }>(
      `SELECT count(*)::float8 AS n FROM event WHERE logged_on BETWEEN $1 AND $2 AND logged_at >= $3 AND logged_at < $4`, [dayOf(from), dayOf(until), from, until]);
    return segments.reduce((sum, segment) => sum + (segment.type === 'archive' ? segment.manifest.events : 0), row?.n ?? 0);
  }

  pages(segment: ReplaySegment, range: ReplayRange, after: string): AsyncGenerator<ScannedEvent[]> {
    return segment.type === 'log' ? this.ofLog(range, after) : this.ofArchive(segment, range, after);
  }

  private async* ofLog({ from, until, filter }: ReplayRange, after: string): AsyncGenerator<ScannedEvent[]> {
    const parameters: unknown[] = [dayOf(from), dayOf(until), from, until, after, PAGE];
    // ORDER BY names the column, not the text of the same name.
    const sql = `
      SELECT position::text, CASE WHEN ${filterSql(filter, parameters)} THEN body END AS body FROM event
      WHERE logged_on BETWEEN $1 AND $2 AND logged_at >= $3 AND logged_at < $4 AND position > $5::bigint ORDER BY event.position LIMIT $6`;
    for (;;) {
      const rows = await this.database.query<{ position: string; body: Envelope | null }>(sql, parameters);
      if (rows.length > 0) yield rows.map(({ position, body }) => ({ position, ...(body && { event: body }) }));
      if (rows.length < PAGE) return;
      parameters[4] = rows.at(-1)!.position;
    }
  }

  private async* ofArchive({ manifest }: ReplaySegment & { type: 'archive' }, { from, until, filter }: ReplayRange, after: string): AsyncGenerator<ScannedEvent[]> {
    // Before anything is sent: what was changed or cut off must not go out as history.
    await this.archive.verify(manifest);
    let page: ScannedEvent[] = [];
    for await (const line of this.archive.lines(manifest)) {
      if (BigInt(line.position) <= BigInt(after)) continue;
      const at = new Date(line.loggedAt);
      page.push({ position: line.position, ...(at >= from && at < until && matchesFilter(filter, line.event) && { event: line.event }) });
      if (page.length === PAGE) {
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  }
}
