import { type Database, describeError, type Logger, plainArray } from '@heddle/platform';

const GATHER_MS = 5;
const RETRY_MS = 500;
const MOST_AT_ONCE = 2_000;
/**
 * Its commit is not synced to the disk: a crash of PostgreSQL may bring back what was deleted within the last second, which is
 * then sent once more and told apart by its id. That takes a sync for each group of messages from the disk that their writers wait for.
 */
const DELETE = `
  WITH unsynced AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
  DELETE FROM outbox USING unsynced WHERE id = ANY($1::bigint[])`;

/** After so many deletions the table is vacuumed. */
const VACUUM_AFTER = 20_000;
/**
 * PostgreSQL looks once a minute by itself; until then every row takes new room, of the disk and of the memory, and the indexes
 * lead past those that are gone. Skipped where somebody else has the table, and it gives no pages back, which would lock it.
 */
const VACUUM = 'VACUUM (SKIP_LOCKED, TRUNCATE false, PARALLEL 0) outbox';

/** Deletes confirmed rows in groups: one statement for what was confirmed within some milliseconds. Where they are many, it makes room for new ones. */
export class OutboxDeleter {
  #ids: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #deleting: Promise<void> | undefined;
  #deletedSinceVacuum = 0;
  #vacuuming: Promise<void> | undefined;

  constructor(private readonly database: Database, private readonly logger: Logger, private readonly onDeleted: (ids: readonly number[]) => void, private readonly vacuumAfter = VACUUM_AFTER) {}

  add(id: number): void {
    this.#ids.push(id);
    this.later(GATHER_MS);
  }

  /** Deletes what is left; what can't be deleted is published once more by the next owner of its lane. */
  async stop(): Promise<void> {
    await this.#deleting;
    clearTimeout(this.#timer);
    await this.flush();
    clearTimeout(this.#timer);
    await this.#vacuuming;
  }

  private later(milliseconds: number): void {
    if (this.#deleting) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#deleting = this.flush().finally(() => {
        this.#deleting = undefined;
        if (this.#ids.length > 0) this.later(GATHER_MS);
      });
    }, milliseconds);
  }

  private async flush(): Promise<void> {
    const ids = this.#ids.splice(0, MOST_AT_ONCE);
    if (ids.length === 0) return;
    try {
      await this.database.query(DELETE, [plainArray(ids)]);
      this.onDeleted(ids);
      this.#deletedSinceVacuum += ids.length;
      if (this.#deletedSinceVacuum >= this.vacuumAfter) this.#vacuuming ??= this.vacuum();
    } catch (error) {
      this.logger.warn('deleting confirmed outbox rows failed', { rows: ids.length, error: describeError(error) });
      this.#ids.unshift(...ids);
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }

  private async vacuum(): Promise<void> {
    this.#deletedSinceVacuum = 0;
    try {
      await this.database.query(VACUUM);
    } catch (error) {
      this.logger.warn('vacuuming the outbox failed; PostgreSQL does it by itself in time', { error: describeError(error) });
    } finally {
      this.#vacuuming = undefined;
    }
  }
}
