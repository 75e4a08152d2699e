import type { Clock } from '../clock.ts';
import { type Database, rowsOf, sqlStateOf } from './database.ts';

const CHECK_VIOLATION = '23514';
const DAY_MS = 86_400_000;

export interface DayPartitionsOptions {
  database: Database;
  clock: Clock;
  /** A table partitioned by RANGE over a date; its partitions are `<table>_<yyyymmdd>`. */
  table: string;
  /** Days made ahead of today; default 2. */
  daysAhead?: number;
}

/** Partitions of a table by day (UTC): made ahead, made at need when the clock outran them, dropped as a whole. */
export class DayPartitions {
  readonly #known = new Set<string>();
  readonly #daysAhead: number;

  constructor(private readonly options: DayPartitionsOptions) {
    this.#daysAhead = options.daysAhead ?? 2;
  }

  /** The day that is written now; its partition exists when this returns. */
  async today(): Promise<string> {
    const day = dayOf(this.options.clock.now());
    await this.ensure(day);
    return day;
  }

  /** Makes the partition of a day where it is missing. To be called outside of a transaction that has touched the table. */
  async ensure(day: string): Promise<void> {
    if (this.#known.has(day)) return;
    const { database, table } = this.options;
    const name = this.nameOf(day);
    await database.transaction(async (tx) => {
      // Two processes that make the same partition would refuse each other.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('partitions of ' || $1), hashtext(current_schema()))`, [table]);
      const [there] = await rowsOf(tx, 'SELECT 1 FROM pg_inherits WHERE inhparent = $1::regclass AND inhrelid = to_regclass($2)', [table, name]);
      if (there) return;
      // Attaching lets readers and writers of the table go on; `CREATE TABLE … PARTITION OF` would stop them.
      await tx.query(`CREATE TABLE IF NOT EXISTS ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
      await tx.query(`ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${day}') TO ('${dayOf(new Date(`${day}T00:00:00Z`), 1)}')`);
    });
    this.#known.add(day);
  }

  /** Makes today's partition and those of the days ahead. */
  async makeAhead(): Promise<void> {
    this.forget();
    for (let ahead = 0; ahead <= this.#daysAhead; ahead++) await this.ensure(dayOf(this.options.clock.now(), ahead));
  }

  /** Looks at each partition anew before the next write: others may have dropped what this process made. */
  forget(): void {
    this.#known.clear();
  }

  /** Runs a write of today's rows, once more when their partition turns out to be missing. @param write in a transaction of its own, or one statement */
  async writing<Result>(write: (day: string) => Promise<Result>): Promise<Result> {
    const day = await this.today();
    try {
      return await write(day);
    } catch (error) {
      if (!isPartitionMissing(error)) throw error;
      this.forget();
      return write(await this.today());
    }
  }

  /** The days of the partitions that are older than `days` whole days, oldest first. */
  async olderThan(days: number): Promise<string[]> {
    const { database, clock, table } = this.options;
    const rows = await database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass ORDER BY 1`, [table]);
    const oldest = this.nameOf(dayOf(clock.now(), -days));
    return rows.filter(({ name }) => name < oldest).map(({ name }) => name.slice(-8).replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3'));
  }

  /** Drops the partition of a day, with all its rows. */
  async drop(day: string): Promise<void> {
    await this.options.database.query(`DROP TABLE IF EXISTS ${this.nameOf(day)}`);
    this.#known.delete(day);
  }

  /** Drops whole days that are older than `days`. @returns the days */
  async dropOlderThan(days: number): Promise<string[]> {
    const old = await this.olderThan(days);
    for (const day of old) await this.drop(day);
    return old;
  }

  /** Name of the table that holds a day. */
  nameOf(day: string): string {
    return `${this.options.table}_${day.replaceAll('-', '')}`;
  }
}

/** The day (UTC) of a time, as `yyyy-mm-dd`. */
export function dayOf(at: Date, plusDays = 0): string {
  return new Date(at.getTime() + plusDays * DAY_MS).toISOString().slice(0, 10);
}

/** True when a row was refused because there is no partition for it. */
export function isPartitionMissing(error: unknown): boolean {
  return sqlStateOf(error) === CHECK_VIOLATION && error instanceof Error && error.message.includes('no partition of relation');
}
