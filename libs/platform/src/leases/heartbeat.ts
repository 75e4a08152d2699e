import { hostname } from 'node:os';
import { Client } from 'pg';
import type { Clock } from '../clock.ts';
import { describeError } from '../errors/describe-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import { isGone, processPlace, processStart } from './process-place.ts';

const EVERY_MS = 5_000;
/** A lease counts as held this long after the start of the last good heartbeat; others take over after 15 s. */
export const CONFIRMED_FOR_MS = 10_000;
export const TAKE_OVER_SECONDS = 15;

export interface HeartbeatOptions {
  url: string;
  schema: string;
  /** Id of this process among all replicas. */
  owner: string;
  clock: Clock;
  logger: Logger;
  /** Told after each beat which (key, epoch) this process owned by the database, at some time after `since` (monotonic). */
  onOwned: (owned: ReadonlyMap<string, number>, since: number) => void;
}

/** One heartbeat per process, on a connection of its own so that a busy pool can't starve it. */
export class Heartbeat {
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastGood = Number.NEGATIVE_INFINITY;
  #beating: Promise<void> | undefined;
  #stopped = false;
  readonly #place = processPlace() ?? null;
  readonly #started = processStart(process.pid) ?? null;

  constructor(private readonly options: HeartbeatOptions) {}

  /** Beats once before it returns, so that leases can be taken at once. @throws when PostgreSQL is out of reach. */
  async start(): Promise<void> {
    await this.beat();
    const tick = () => {
      if (this.#stopped) return;
      this.#beating = this.beat().catch((error: unknown) => {
        this.options.logger.warn('heartbeat failed', { error: describeError(error) });
      }).finally(() => {
        if (!this.#stopped) this.#timer = setTimeout(tick, EVERY_MS);
      });
    };
    this.#timer = setTimeout(tick, EVERY_MS);
  }

  /** True while no other process can have taken over what this one owns. */
  confirmed(): boolean {
    return this.options.clock.monotonicMs() - this.#lastGood < CONFIRMED_FOR_MS;
  }

  /** Ends the heartbeat; others may take over at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#beating;
    this.#lastGood = Number.NEGATIVE_INFINITY;
    try {
      await this.#client?.query(`UPDATE lease SET owner = NULL WHERE owner = $1`, [this.options.owner]);
      await this.#client?.query(`DELETE FROM process WHERE id = $1`, [this.options.owner]);
      await this.#client?.end();
    } catch (error) {
      this.options.logger.debug('leases run out by themselves', { error: describeError(error) });
    }
  }

  private async beat(): Promise<void> {
    const startedAt = this.options.clock.monotonicMs();
    try {
      const client = await this.connected();
      const { owner } = this.options;
      await client.query(
        `INSERT INTO process (id, host, pid, place, pid_started, session_pid, session_started)
         SELECT $1, $2, $3, $4, $5, pg_backend_pid(), (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())
         ON CONFLICT (id) DO UPDATE SET heartbeat_at = now(), session_pid = excluded.session_pid, session_started = excluded.session_started`,
        [owner, hostname(), process.pid, this.#place, this.#started],
      );
      await this.noteTheGone(client);
      const { rows } = await client.query<{ key: string; epoch: string }>(`SELECT key, epoch FROM lease WHERE owner = $1`, [owner]);
      this.options.onOwned(new Map(rows.map((row) => [row.key, Number(row.epoch)])), startedAt);
      await client.query(`DELETE FROM process p WHERE heartbeat_at < now() - interval '1 hour' AND NOT EXISTS (SELECT 1 FROM lease WHERE owner = p.id)`);
      this.#lastGood = startedAt;
    } catch (error) {
      const broken = this.#client;
      this.#client = undefined;
      await broken?.end().catch(() => undefined); // it is broken already; the error that matters is thrown
      throw error;
    }
  }

  /**
   * A process that was killed keeps its leases for as long as its last heartbeat is young, unless it is certain that it
   * has ended: its connection to PostgreSQL has, and on this very place nobody has its id any more. Each alone would not do:
   * a living process may have lost its connection, and the names of two places might be the same by mischance.
   */
  private async noteTheGone(client: Client): Promise<void> {
    const { rows } = await client.query<{ id: string; pid: number; pid_started: string }>(
      `SELECT id, pid, pid_started FROM process p
       WHERE place = $1 AND id <> $2 AND pid_started IS NOT NULL AND heartbeat_at > now() - make_interval(secs => $3)
         AND NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = p.session_pid AND backend_start = p.session_started)`,
      [this.#place, this.options.owner, TAKE_OVER_SECONDS],
    );
    const gone = rows.filter(({ pid, pid_started: started }) => isGone(pid, started)).map(({ id }) => id);
    if (gone.length === 0) return;
    await client.query(`UPDATE process SET heartbeat_at = '-infinity' WHERE id = ANY($1::uuid[])`, [gone]);
    this.options.logger.info('the leases of processes that have ended are free', { processes: gone });
  }

  private async connected(): Promise<Client> {
    if (this.#client) return this.#client;
    const client = new Client({
      connectionString: this.options.url, application_name: 'heddle-heartbeat', connectionTimeoutMillis: 4_000,
      query_timeout: 4_000, options: `-c search_path=${this.options.schema},public`,
    });
    client.on('error', () => { if (this.#client === client) this.#client = undefined; });
    await client.connect();
    this.#client = client;
    return client;
  }
}
