import { Clock, Database } from '@heddle/platform';
import { Injectable } from '@nestjs/common';

const DAYS_AHEAD = 2;

/** Daily partitions of the event log: made ahead, and at need when the clock outran them. */
@Injectable()
export class EventPartitions {
  readonly #known = new Set<string>();

  constructor(private readonly database: Database, private readonly clock: Clock) {}

  /** The day (UTC) that is logged on now; its partition exists when this returns. */
  async today(): Promise<string> {
    const day = dayOf(this.clock.now());
    if (!this.#known.has(day)) await this.makeAhead();
    return day;
  }

  /** Outside of any handler's transaction: attaching a partition locks the log for an instant. */
  async makeAhead(): Promise<void> {
    for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
      const day = dayOf(this.clock.now(), ahead);
      await this.database.query(`CREATE TABLE IF NOT EXISTS ${partitionOf(day)} PARTITION OF event FOR VALUES FROM ('${day}') TO ('${dayOf(new Date(`${day}T00:00:00Z`), 1)}')`);
      this.#known.add(day);
    }
  }

  /** Drops whole days that are older than `days`. */
  async dropOlderThan(days: number): Promise<string[]> {
    const oldest = partitionOf(dayOf(this.clock.now(), -days));
    const partitions = await this.database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'event'::regclass AND c.relname < $1 ORDER BY 1`, [oldest],
    );
    for (const { name } of partitions) await this.database.query(`DROP TABLE "${name}"`);
    this.#known.clear();
    return partitions.map((partition) => partition.name);
  }
}

export function dayOf(at: Date, plusDays = 0): string {
  return new Date(at.getTime() + plusDays * 86_400_000).toISOString().slice(0, 10);
}

function partitionOf(day: string): string {
  return `event_${day.replaceAll('-', '')}`;
}
