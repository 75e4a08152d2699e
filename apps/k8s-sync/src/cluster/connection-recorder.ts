import { Database, type Lease, LeaseLost, Leases, Logger, rowsOf } from '@heddle/platform';
import { Outbox } from '@heddle/messaging';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clusters, type ClusterRow } from './clusters.ts';
import type { ConnectionState } from './connection-monitor.ts';
import { credentialsExpiry } from './credentials-expiry.ts';

type Told = Omit<ConnectionState, 'state' | 'reason'> & { state: ClusterRow['state']; reason: string };

/** An open breaker that stays open is told again this often, not at each of its trials. */
const TELL_AGAIN_MS = 30_000;

/** Stores the state of connections and tells it as `cluster.state_changed`, in one transaction. */
@Injectable()
export class ConnectionRecorder {
  /** Latest state per fabric that waits for the write before it. */
  readonly #waiting = new Map<string, { revision: number; state: ConnectionState }>();
  readonly #writing = new Map<string, Promise<void>>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Clusters) private readonly clusters: Clusters,
    @Inject(Outbox) private readonly outbox: Outbox,
    @Inject(Leases) private readonly leases: Leases,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  /** Takes note; writes follow one another per fabric, and only the newest waits. What a process says that works for the fabric no longer is dropped. */
  record(fabricId: string, revision: number, state: ConnectionState): void {
    this.#waiting.set(fabricId, { revision, state });
    if (!this.#writing.has(fabricId)) this.#writing.set(fabricId, this.#drain(fabricId));
  }

  /** All that was recorded so far is stored, or its failure is logged. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing.values());
  }

  /** Within the caller's transaction, e.g. when a cluster is entered. */
  async tell(tx: EntityManager, fabricId: string, server: string, told: Told): Promise<void> {
    const [row] = await rowsOf<{ sequence: string }>(tx,
      `INSERT INTO cluster_sequence AS s (fabric_id, sequence) VALUES ($1, 1) ON CONFLICT (fabric_id) DO UPDATE SET sequence = s.sequence + 1 RETURNING sequence`, [fabricId]);
    const [stored] = await rowsOf<Pick<ClusterRow, 'since' | 'credentialsExpireAt'>>(tx,
      `UPDATE cluster SET since = CASE WHEN state = $2 AND reason = $3 THEN since ELSE now() END, state = $2, reason = $3, message = $4, breaker = $5, updated_at = now()
       WHERE fabric_id = $1 RETURNING since, credentials_expire_at AS "credentialsExpireAt"`, [fabricId, told.state, told.reason, told.message, JSON.stringify(told.breaker)]);
    await this.outbox.add(tx, 'cluster.state_changed', {
      fabricId, server, sequence: Number(row!.sequence),
      connection: { state: told.state, reason: told.reason, message: told.message, since: (stored?.since ?? new Date()).toISOString(), breaker: told.breaker, credentialsExpireAt: stored?.credentialsExpireAt?.toISOString() ?? null },
    }, { fabricId, sequence: Number(row!.sequence) });
  }

  /**
   * When the credentials end of a cluster that was entered before their end was read: kept, and told.
   * @param lease of its watch @throws LeaseLost, Stalled when the key that sealed them is gone
   */
  async learnExpiry(lease: Lease, fabricId: string): Promise<void> {
    const { revision, ...credentials } = await this.clusters.credentials(fabricId);
    const expireAt = credentialsExpiry(credentials);
    if (expireAt === null) return;
    await this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      const row = await this.clusters.find(fabricId, tx);
      if (row?.revision !== revision) return;
      await tx.query(`UPDATE cluster SET credentials_expire_at = $2 WHERE fabric_id = $1`, [fabricId, expireAt]);
      await this.tell(tx, fabricId, row.server, row);
    });
  }

  async #drain(fabricId: string): Promise<void> {
    // Never before record() has stored this promise.
    await Promise.resolve();
    for (let next = this.#waiting.get(fabricId); next; next = this.#waiting.get(fabricId)) {
      this.#waiting.delete(fabricId);
      const { revision, state } = next;
      await this.database.transaction((tx) => this.#write(tx, fabricId, revision, state)).catch((error: unknown) => {
        if (!(error instanceof LeaseLost)) this.logger.warn('recording the state of a cluster failed', { fabricId, state: state.state, reason: state.reason, error });
      });
    }
    this.#writing.delete(fabricId);
  }

  async #write(tx: EntityManager, fabricId: string, revision: number, next: ConnectionState): Promise<void> {
    // A process that was stopped wakes to broken connections: that is no news of the cluster, which somebody else watches by now.
    const lease = this.leases.held(`watch:${fabricId}`) ?? this.leases.held(`job:${fabricId}`);
    if (!lease) return;
    await lease.assertIn(tx);
    const row = await this.clusters.find(fabricId, tx);
    if (!row || row.revision !== revision) return;
    if (!isNews(row, next)) {
      await tx.query(`UPDATE cluster SET breaker = $2 WHERE fabric_id = $1`, [fabricId, JSON.stringify(next.breaker)]);
      return;
    }
    // A connection passes through `testing` on its way up.
    if (next.state === 'connected' && row.state !== 'testing' && row.state !== 'connected') {
      await this.tell(tx, fabricId, row.server, { state: 'testing', reason: 'Probing', message: 'The API server is being tried.', breaker: next.breaker });
    }
    await this.tell(tx, fabricId, row.server, next);
  }
}

function isNews(row: ClusterRow, next: ConnectionState): boolean {
  if (row.state !== next.state || row.reason !== next.reason || row.breaker.state !== next.breaker.state) return true;
  // `updated_at` moves with what is told only.
  return next.breaker.nextTryAt !== null && Date.now() - row.updatedAt.getTime() >= TELL_AGAIN_MS;
}
