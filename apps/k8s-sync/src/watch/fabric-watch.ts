import { describeError, LeaseLost, sleep, type Clock, type Database, type Lease, type Logger } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { BreakerOpen, type ClusterLink } from '../cluster/cluster-link.ts';
import { probeCluster } from '../cluster/probe-cluster.ts';
import { Unreachable } from '../api/unreachable.ts';
import { hasField } from './has-field.ts';
import { KindWatch, type WatchTiming } from './kind-watch.ts';
import type { ObservationFlush } from './observation-flush.ts';
import type { Turnstile } from './turnstile.ts';
import type { WatchWish } from './watch-wishes.ts';

export interface FabricWatchOptions {
  readonly link: ClusterLink;
  readonly lease: Lease;
  readonly wish: WatchWish | null;
  readonly flush: ObservationFlush;
  readonly lists: Turnstile;
  readonly timing: WatchTiming;
  /** A cluster that failed is probed this often, one that is silent this often. */
  readonly retryMs: number;
  readonly probeMs: number;
  readonly signal: AbortSignal;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

const TICK_MS = 1_000;
const FRESHNESS_EVERY_MS = 15_000;
/** A cluster is upgraded now and then: its schema is looked at so often. */
const FIELDS_EVERY_MS = 300_000;

/** One cluster of one revision, as one wish describes it: probes it, and keeps a watch per kind. */
export class FabricWatch {
  readonly #kinds: readonly KindWatch[];
  #probeAt = 0;
  #freshnessAt = 0;
  #fieldsAt = 0;

  constructor(private readonly options: FabricWatchOptions) {
    const { wish, link, lease, flush, lists, timing, signal, clock } = options;
    this.#kinds = (wish?.enabled ? wish.kinds : []).map((kind) => new KindWatch({
      link, kind, namespace: wish!.namespace, coalescer: flush.coalescer, lists, timing, signal, mayAsk: () => lease.valid(),
      now: () => clock.now(), monotonicMs: () => clock.monotonicMs(), onNews: () => flush.news(),
      onStatus: (name, status) => flush.status({ kind: name, ...status, lastHeardAt: this.#kinds.find((watch) => watch.kind === name)?.lastHeardAt ?? null }),
    }));
  }

  /** Runs until the signal aborts. */
  async run(): Promise<void> {
    const { signal } = this.options;
    await this.#stopUnwanted();
    await this.#probe();
    const watching = this.#kinds.map((watch) => watch.run());
    while (!signal.aborted) {
      const now = this.options.clock.monotonicMs();
      for (const watch of this.#kinds) watch.release();
      if (now >= this.#probeAt && this.options.lease.valid()) await this.#probe();
      if (now >= this.#freshnessAt) await this.#saveFreshness(now);
      if (now >= this.#fieldsAt && this.options.lease.valid()) await this.#askFields(now);
      await sleep(TICK_MS, signal);
    }
    await Promise.all(watching);
  }

  /** Kinds that were watched and are not wanted any more. */
  async #stopUnwanted(): Promise<void> {
    const { database, link, flush, wish } = this.options;
    const wanted = new Set(this.#kinds.map((watch) => watch.kind));
    const rows = await database.query<{ kind: string; last_heard_at: Date | null }>(`SELECT kind, last_heard_at FROM watch WHERE fabric_id = $1 AND state <> 'stopped' ORDER BY kind`, [link.fabricId]);
    for (const row of rows) {
      if (wanted.has(row.kind)) continue;
      const reason = wish?.enabled ? 'NotWanted' : 'Suspended';
      flush.status({ kind: row.kind, state: 'stopped', reason, message: `${row.kind} is not watched.`, lastHeardAt: row.last_heard_at });
    }
  }

  async #probe(): Promise<void> {
    const { link, wish, probeMs, retryMs, logger, clock } = this.options;
    let wait = Math.min(TICK_MS, retryMs);
    try {
      const probed = await probeCluster(link, wish?.kinds.find((kind) => kind.role === 'object'), wish?.namespace ?? link.namespace);
      wait = probed ? probeMs : retryMs;
      const version = probed?.version;
      if (version) await this.#write((tx) => tx.query(`UPDATE cluster SET server_version = $2 WHERE fabric_id = $1 AND server_version IS DISTINCT FROM $2`, [link.fabricId, version]));
    } catch (error) {
      if (error instanceof LeaseLost) return;
      if (error instanceof BreakerOpen) wait = error.retryAfterMs;
      else if (!(error instanceof Unreachable)) logger.warn('probing a cluster failed', { fabricId: link.fabricId, error: describeError(error) });
    }
    this.#probeAt = clock.monotonicMs() + wait;
  }

  /** Which of the fields that are asked about the cluster's kinds have; told each time, for whoever lost it or did not understand it the last time. */
  async #askFields(now: number): Promise<void> {
    const { link, wish, flush, probeMs, logger } = this.options;
    this.#fieldsAt = now + FIELDS_EVERY_MS;
    for (const kind of wish?.enabled ? wish.kinds : []) {
      const watch = this.#kinds.find((each) => each.kind === kind.kind);
      if (!kind.fields?.length || !watch) continue;
      try {
        if (!watch.status) throw new Error('the watch has no state yet');
        const answer = await link.ask((client) => client.read(`/openapi/v3/apis/${kind.group}/${kind.version}`), 'probe');
        const fields = kind.fields.flatMap((path) => {
          const present = answer.status === 200 ? hasField(answer.body, kind, path) : undefined;
          return present === undefined ? [] : [{ path, present }];
        });
        if (fields.length > 0) flush.status({ kind: kind.kind, ...watch.status, lastHeardAt: watch.lastHeardAt, fields });
      } catch (error) {
        // The cluster is away, or its first list is: soon again.
        this.#fieldsAt = now + (watch.status ? probeMs : TICK_MS);
        if (watch.status && !(error instanceof BreakerOpen) && !(error instanceof Unreachable)) logger.warn('reading the schema of a cluster failed', { fabricId: link.fabricId, error: describeError(error) });
      }
    }
  }

  async #saveFreshness(now: number): Promise<void> {
    this.#freshnessAt = now + FRESHNESS_EVERY_MS;
    const { link, logger } = this.options;
    const heard = this.#kinds.filter((watch) => watch.lastHeardAt !== null);
    if (heard.length === 0) return;
    const live = heard.find((watch) => watch.status?.state === 'live');
    if (live) this.options.flush.alive(live.kind);
    await this.#write((tx) => tx.query(
      `UPDATE watch w SET last_heard_at = k.at, objects = k.objects FROM unnest($2::text[], $3::timestamptz[], $4::integer[]) AS k(kind, at, objects)
       WHERE w.fabric_id = $1 AND w.kind = k.kind`,
      [link.fabricId, heard.map((watch) => watch.kind), heard.map((watch) => watch.lastHeardAt), heard.map((watch) => watch.objects)],
    )).catch((error: unknown) => {
      if (!(error instanceof LeaseLost)) logger.warn('saving the freshness of watches failed', { fabricId: link.fabricId, error: describeError(error) });
    });
  }

  /** What a watch writes down is its owner's to write. @throws LeaseLost */
  async #write(change: (tx: EntityManager) => Promise<unknown>): Promise<void> {
    await this.options.database.transaction(async (tx) => {
      await this.options.lease.assertIn(tx);
      await change(tx);
    });
  }
}
