import { Clock, Database, DayPartitions, dayOf, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Further ahead no partition is made. */
const ALL_DAYS = 1_000;

/** Daily partitions of the event log, and what becomes of them. */
@Injectable()
export class EventPartitions extends DayPartitions {
  constructor(private readonly database: Database, private readonly clock: Clock) {
    super({ database, clock, table: 'event' });
  }

  /** The instant and the day (UTC) that is logged on now; the day's partition exists when this returns. Not within a transaction that has touched the log. */
  async now(): Promise<{ at: Date; day: string }> {
    const at = this.clock.now();
    const day = dayOf(at);
    await this.ensure(day);
    return { at, day };
  }

  /** The days that the log has, oldest first. */
  kept(): Promise<string[]> {
    return super.olderThan(-ALL_DAYS);
  }

  /** The days that are older than `days` whole days and that no replay is going to read, oldest first. */
  override async olderThan(days: number): Promise<string[]> {
    const [needed] = await this.database.query<{ day: string | null }>(`SELECT to_char(min(from_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS day FROM replay WHERE state IN ('pending', 'running')`);
    return (await super.olderThan(days)).filter((day) => day < (needed?.day ?? '9999'));
  }

  /** Drops a day with its natural keys, and notes that it has left the log. @param check runs in the same transaction, when nobody can append any more; what it throws keeps the day */
  override async drop(day: string, check: (tx: EntityManager) => Promise<void> = async () => undefined): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('event log'), hashtext(current_schema()))`);
      const reading = await rowsOf(tx, `SELECT 1 FROM replay WHERE state IN ('pending', 'running') AND from_at < $1::date + 1 LIMIT 1`, [day]);
      if (reading.length > 0) return;
      await check(tx);
      const [first] = await rowsOf<{ position: string | null }>(tx, `SELECT min(position)::text AS position FROM event WHERE logged_on = $1`, [day]);
      if (first?.position) {
        await tx.query(
          `INSERT INTO event_day (day, first_position, state) VALUES ($1, $2, 'dropped')
           ON CONFLICT (day, first_position) DO UPDATE SET state = 'dropped', error = NULL, changed_at = now()`, [day, first.position]);
      }
      await tx.query(`UPDATE event_day SET state = 'dropped', changed_at = now() WHERE day = $1 AND state = 'archived'`, [day]);
      await tx.query(`DELETE FROM event_key WHERE logged_on = $1`, [day]);
      await tx.query(`DROP TABLE IF EXISTS ${this.nameOf(day)}`);
    });
    this.forget();
  }
}

/** The day after. */
export function nextDay(day: string): string {
  return dayOf(new Date(`${day}T00:00:00Z`), 1);
}
