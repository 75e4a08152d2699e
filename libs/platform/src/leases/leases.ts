import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Heartbeat, TAKE_OVER_SECONDS } from './heartbeat.ts';
import { HeldWork, type HoldEachOptions } from './held-work.ts';
import { Lease } from './lease.ts';

export interface LeasesOptions {
  url: string;
  schema: string;
  owner: string;
  database: Database;
  clock: Clock;
  logger: Logger;
}

/** Owner of things that must have one owner among all replicas, by rows with an epoch in PostgreSQL and the database's time. */
export class Leases {
  readonly #held = new Map<string, Lease>();
  readonly #since = new WeakMap<Lease, number>();
  readonly #works: HeldWork[] = [];
  readonly #heartbeat: Heartbeat;

  constructor(private readonly options: LeasesOptions) {
    this.#heartbeat = new Heartbeat({ ...options, onOwned: (owned, since) => this.compare(owned, since) });
  }

  async start(): Promise<void> {
    await this.#heartbeat.start();
  }

  /** Stops all held work, newest first, and gives every lease back. */
  async stop(): Promise<void> {
    for (const work of this.#works.reverse()) await work.stop();
    for (const lease of this.#held.values()) lease.lose();
    this.#held.clear();
    await this.#heartbeat.stop();
  }

  /** Id of this process among all replicas, as in the table `process`. */
  get owner(): string {
    return this.options.owner;
  }

  /** True while no other process can have taken over what this one owns. */
  get confirmed(): boolean {
    return this.#heartbeat.confirmed();
  }

  /** The lease of this key, where this process holds it. */
  held(key: string): Lease | undefined {
    return this.#held.get(key);
  }

  /** The lease, or null while another process holds it (or this one does already). */
  async tryAcquire(key: string): Promise<Lease | null> {
    return (await this.tryAcquireAll([key]))[0] ?? null;
  }

  /** Those of the leases that are free, at most `most`, in one statement each to look and to take. */
  async tryAcquireAll(keys: readonly string[], most = Number.POSITIVE_INFINITY): Promise<Lease[]> {
    const wanted = [...new Set(keys)].filter((key) => !this.#held.has(key)).sort();
    if (wanted.length === 0 || !this.#heartbeat.confirmed()) return [];
    const { owner, database, clock } = this.options;
    const since = clock.monotonicMs();
    const free = await database.query<{ key: string }>(
      `SELECT k AS key FROM unnest($1::text[]) k
       WHERE NOT EXISTS (SELECT 1 FROM lease l JOIN process p ON p.id = l.owner
         WHERE l.key = k AND l.owner <> $2 AND p.heartbeat_at > now() - make_interval(secs => $3)) ORDER BY k`,
      [wanted, owner, TAKE_OVER_SECONDS],
    );
    if (free.length === 0) return [];
    const taken = await database.query<{ key: string; epoch: string }>(
      `INSERT INTO lease AS l (key, owner, epoch) SELECT k, $2, 1 FROM unnest($1::text[]) k ORDER BY k
       ON CONFLICT (key) DO UPDATE SET owner = $2, epoch = l.epoch + 1, acquired_at = now()
       WHERE l.owner IS NULL OR l.owner = $2 OR NOT EXISTS (
         SELECT 1 FROM process p WHERE p.id = l.owner AND p.heartbeat_at > now() - make_interval(secs => $3))
       RETURNING key, epoch`,
      [free.slice(0, most).map((row) => row.key), owner, TAKE_OVER_SECONDS],
    );
    return taken.map((row) => this.hold(row.key, Number(row.epoch), since));
  }

  /**
   * How many of `count` keys this process may hold when all processes that take part in a work share them fairly, rounded
   * up. Asking takes part; {@link leaveWork} ends that.
   */
  async shareOf(name: string, count: number): Promise<number> {
    const [row] = await this.options.database.query<{ others: string }>(
      `WITH me AS (UPDATE process SET works = array_append(works, $1) WHERE id = $2 AND NOT $1 = ANY(works))
       SELECT count(*) AS others FROM process WHERE id <> $2 AND $1 = ANY(works) AND heartbeat_at > now() - make_interval(secs => $3)`,
      [name, this.options.owner, TAKE_OVER_SECONDS],
    );
    return Math.ceil(count / (Number(row?.others ?? 0) + 1));
  }

  /** Takes part in a work no longer: the others share it among them. */
  async leaveWork(name: string): Promise<void> {
    await this.options.database.query(`UPDATE process SET works = array_remove(works, $1) WHERE id = $2`, [name, this.options.owner]);
  }

  /** Holds each of a changing set of keys that is free, and runs `work` for it as long as it is held. */
  holdEach(options: HoldEachOptions): HeldWork {
    const work = new HeldWork(this, options, this.options.logger);
    this.#works.push(work);
    work.start();
    return work;
  }

  private hold(key: string, epoch: number, since: number): Lease {
    const lease = new Lease(key, epoch, this.options.owner, () => this.#heartbeat.confirmed(), async (released) => {
      this.#held.delete(key);
      await this.options.database.query(`UPDATE lease SET owner = NULL WHERE key = $1 AND owner = $2 AND epoch = $3`, [key, this.options.owner, released.epoch]);
    });
    lease.signal.addEventListener('abort', () => { if (this.#held.get(key) === lease) this.#held.delete(key); }, { once: true });
    this.#held.set(key, lease);
    this.#since.set(lease, since);
    return lease;
  }

  /**
   * A lease that was asked for before the beat began must show in its answer. One that was committed just between may be
   * given up without need; that costs a new epoch, never two owners.
   */
  private compare(owned: ReadonlyMap<string, number>, since: number): void {
    for (const lease of [...this.#held.values()]) {
      const epoch = owned.get(lease.key);
      if (epoch === undefined ? (this.#since.get(lease) ?? 0) < since : epoch !== lease.epoch) lease.lose();
    }
  }
}
