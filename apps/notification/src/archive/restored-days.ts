import type { ArchiveManifest } from '@heddle/contracts';
import { Database, type Lease, rowsOf } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type NotificationConfig } from '../config.ts';
import { nextDay } from '../event-log/event-partitions.ts';
import { Archive } from './archive.ts';
import type { ArchivedEvent } from './archive-format.ts';

const AT_ONCE = 500;

/** Days that were brought back out of the archive: partitions of a table of their own, to be searched for a while. */
@Injectable()
export class RestoredDays {
  constructor(private readonly database: Database, private readonly archive: Archive, @Inject(CONFIG) private readonly config: NotificationConfig) {}

  /** Days that can be searched, and until when. */
  async until(): Promise<Map<string, Date>> {
    const rows = await this.database.query<{ day: string; expires_at: Date }>(`SELECT to_char(day, 'YYYY-MM-DD') AS day, expires_at FROM restored_day`);
    return new Map(rows.map((row) => [row.day, row.expires_at]));
  }

  /** Brings a day back as a whole or not at all; one that is back already stays for longer. @throws Stalled `BUS-073` when the archive is damaged */
  async restore(lease: Lease, day: string, manifests: readonly ArchiveManifest[]): Promise<void> {
    const days = this.config.HEDDLE_RESTORED_DAYS;
    const again = await this.database.query(`UPDATE restored_day SET expires_at = now() + make_interval(days => $2) WHERE day = $1 RETURNING day`, [day, days]);
    if (again.length > 0) return;
    const table = tableOf(day);
    // What an owner left behind that did not come to the end.
    await this.database.query(`DROP TABLE IF EXISTS ${table}`);
    await this.database.query(`CREATE TABLE ${table} (LIKE restored_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
    try {
      let events = 0;
      for (const manifest of manifests) events += await this.load(lease, table, manifest);
      await this.database.transaction(async (tx) => {
        await lease.assertIn(tx);
        await tx.query(`ALTER TABLE restored_event ATTACH PARTITION ${table} FOR VALUES FROM ('${day}') TO ('${nextDay(day)}')`);
        await tx.query(`INSERT INTO restored_day (day, events, expires_at) VALUES ($1, $2, now() + make_interval(days => $3))`, [day, events, days]);
      });
    } catch (error) {
      if (lease.valid()) await this.database.query(`DROP TABLE IF EXISTS ${table}`);
      throw error;
    }
  }

  /** Drops what has been back for long enough. */
  async dropExpired(lease: Lease): Promise<void> {
    await this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      const expired = await rowsOf<{ day: string }>(tx, `DELETE FROM restored_day WHERE expires_at < now() RETURNING to_char(day, 'YYYY-MM-DD') AS day`);
      for (const { day } of expired) await tx.query(`DROP TABLE IF EXISTS ${tableOf(day)}`);
    });
  }

  private async load(lease: Lease, table: string, manifest: ArchiveManifest): Promise<number> {
    let rows: ArchivedEvent[] = [];
    const insert = async () => {
      lease.assertValid();
      await this.database.query(
        `INSERT INTO ${table} (position, logged_on, logged_at, event_id, event_type, source, fabric_id, correlation_id, body)
         SELECT r.position, $1, r.logged_at, (r.body->>'event_id')::uuid, r.body->>'event_type', r.body->>'source', (r.body#>>'{metadata,fabric_id}')::uuid, r.body#>>'{metadata,correlation_id}', r.body
         FROM unnest($2::bigint[], $3::timestamptz[], $4::jsonb[]) AS r (position, logged_at, body)`,
        [manifest.day, rows.map((row) => row.position), rows.map((row) => row.loggedAt), rows.map((row) => JSON.stringify(row.event))]);
      rows = [];
    };
    for await (const line of this.archive.lines(manifest)) {
      rows.push(line);
      if (rows.length === AT_ONCE) await insert();
    }
    if (rows.length > 0) await insert();
    return manifest.events;
  }
}

function tableOf(day: string): string {
  return `restored_event_${day.replaceAll('-', '')}`;
}
