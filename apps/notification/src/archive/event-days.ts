import type { ArchiveManifest } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Database, type Lease, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { faultOf } from './archive.ts';

export interface EventDayRow {
  day: string;
  first_position: string;
  state: 'failed' | 'archived' | 'dropped';
  manifest: ArchiveManifest | null;
  error: string | null;
}

const COLUMNS = `to_char(day, 'YYYY-MM-DD') AS day, first_position::text, state, manifest, error`;

/** What is known of days of the log: archived, failed to be, gone from the log. A day that was begun twice has two rows. */
@Injectable()
export class EventDays {
  constructor(private readonly database: Database, private readonly outbox: Outbox) {}

  all(): Promise<EventDayRow[]> {
    return this.database.query(`SELECT ${COLUMNS} FROM event_day ORDER BY day, first_position`);
  }

  of(day: string): Promise<EventDayRow[]> {
    return this.database.query(`SELECT ${COLUMNS} FROM event_day WHERE day = $1 ORDER BY first_position`, [day]);
  }

  /** The first and the last position of a day as the log has it now; 0 where it has none. */
  async extent(day: string, runner: Parameters<typeof rowsOf>[0] = this.database.dataSource): Promise<{ first: string; last: string }> {
    const [row] = await rowsOf<{ first: string; last: string }>(runner,
      `SELECT coalesce(min(position), 0)::text AS first, coalesce(max(position), 0)::text AS last FROM event WHERE logged_on = $1`, [day]);
    return row!;
  }

  /** Events of a day in the log that stand within none of these: how many, and the position of the first one. */
  async outside(day: string, manifests: readonly ArchiveManifest[], runner: Parameters<typeof rowsOf>[0] = this.database.dataSource): Promise<{ events: number; first: string | null }> {
    const [row] = await rowsOf<{ events: number; first: string | null }>(runner,
      `SELECT count(*)::float8 AS events, min(position)::text AS first FROM event
       WHERE logged_on = $1 AND NOT EXISTS (SELECT FROM unnest($2::bigint[], $3::bigint[]) AS part (first, last) WHERE position BETWEEN part.first AND part.last)`,
      [day, manifests.map(({ firstPosition }) => firstPosition), manifests.map(({ lastPosition }) => lastPosition)]);
    return row!;
  }

  async archived(lease: Lease, manifest: ArchiveManifest): Promise<void> {
    await this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      await tx.query(
        `INSERT INTO event_day (day, first_position, state, manifest) VALUES ($1, $2, 'archived', $3)
         ON CONFLICT (day, first_position) DO UPDATE SET state = 'archived', manifest = $3, error = NULL, tries = 0, changed_at = now()`,
        [manifest.day, manifest.firstPosition, JSON.stringify(manifest)]);
    });
  }

  /**
   * Notes a day that the archive has, unless something is known of it. Positions of the log go on after those in the archive,
   * so that the order of both together is that of logging.
   * @returns whether nothing was known of it
   */
  async found(lease: Lease, manifest: ArchiveManifest): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('event log'), hashtext(current_schema()))`);
      const { first } = await this.extent(manifest.day, tx);
      const noted = await rowsOf(tx, `INSERT INTO event_day (day, first_position, state, manifest) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING day`,
        [manifest.day, manifest.firstPosition, first === manifest.firstPosition ? 'archived' : 'dropped', JSON.stringify(manifest)]);
      await tx.query(`SELECT setval('event_position', greatest($1::bigint, last_value)) FROM event_position`, [manifest.lastPosition]);
      return noted.length > 0;
    });
  }

  /** Notes a failure, and tells of it when it is another one than the last time. */
  async failed(lease: Lease, day: string, firstPosition: string, error: unknown): Promise<void> {
    const fault = faultOf(error);
    const text = `${fault.code}: ${fault.message}`.replaceAll('\0', '').slice(0, 2_000);
    await this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      const [before] = await rowsOf<{ error: string | null }>(tx, `SELECT error FROM event_day WHERE day = $1 AND first_position = $2`, [day, firstPosition]);
      await tx.query(
        `INSERT INTO event_day (day, first_position, state, error, tries) VALUES ($1, $2, 'failed', $3, 1)
         ON CONFLICT (day, first_position) DO UPDATE SET state = 'failed', error = $3, tries = event_day.tries + 1, changed_at = now()`, [day, firstPosition, text]);
      if (before?.error?.startsWith(`${fault.code}:`)) return;
      await this.outbox.add(tx, 'archive.failed', { day, ...fault });
    });
  }

  async failures(): Promise<number> {
    const [row] = await this.database.query<{ n: number }>(`SELECT count(*)::int AS n FROM event_day WHERE state = 'failed'`);
    return row!.n;
  }
}
