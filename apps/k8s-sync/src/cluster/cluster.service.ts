import type { ClusterSpec, ClusterView, ConnectionTest, MessageData } from '@heddle/contracts';
import { AuditTrail, Database, HeddleError, NotFound, onCommit, OutboundGuard, Unavailable } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { WatchLoop } from '../watch/watch-loop.ts';
import { WatchWishes } from '../watch/watch-wishes.ts';
import { ClusterLinks } from './cluster-links.ts';
import { credentialsOf, toClusterTarget, type ClusterTarget } from './cluster-target.ts';
import { Clusters, type ClusterRow } from './clusters.ts';
import { ConnectionRecorder } from './connection-recorder.ts';
import { testConnection } from './test-connection.ts';

const CLOSED = { state: 'closed', nextTryAt: null, lastError: null } as const;

/** What the gateway asks about clusters. No answer, message or audit entry ever holds a credential. */
@Injectable()
export class ClusterService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Clusters) private readonly clusters: Clusters,
    @Inject(WatchWishes) private readonly wishes: WatchWishes,
    @Inject(ConnectionRecorder) private readonly recorder: ConnectionRecorder,
    @Inject(ClusterLinks) private readonly links: ClusterLinks,
    @Inject(WatchLoop) private readonly watches: WatchLoop,
    @Inject(OutboundGuard) private readonly guard: OutboundGuard,
    @Inject(AuditTrail) private readonly audit: AuditTrail,
  ) {}

  async put(fabricId: string, spec: ClusterSpec): Promise<ClusterView> {
    const target = await this.#admitted(fabricId, spec);
    const { server, namespace } = target;
    await this.database.transaction(async (tx) => {
      await this.clusters.put(tx, fabricId, target);
      await this.recorder.tell(tx, fabricId, server, { state: 'testing', reason: 'Probing', message: 'The API server is being tried.', breaker: CLOSED });
      await this.audit.append(tx, { action: 'cluster.put', subject: `fabric/${fabricId}`, outcome: 'done', details: { server, namespace, authentication: target.authentication.type } });
      onCommit(tx, () => this.#changed(fabricId));
    });
    return this.get(fabricId);
  }

  async get(fabricId: string): Promise<ClusterView> {
    const row = await this.clusters.get(fabricId);
    const watches = await this.database.query<{ kind: string; state: string; reason: string; last_heard_at: Date | null; objects: number }>(
      `SELECT kind, state, reason, last_heard_at, objects FROM watch WHERE fabric_id = $1 ORDER BY kind`, [fabricId]);
    return {
      fabricId, server: row.server, namespace: row.namespace, authentication: { type: row.authentication },
      connection: connectionOf(row), serverVersion: row.serverVersion,
      watches: watches.map(({ last_heard_at, ...watch }) => ({ ...watch, lastHeardAt: last_heard_at?.toISOString() ?? null })),
    };
  }

  async remove(fabricId: string): Promise<{ fabricId: string }> {
    await this.database.transaction(async (tx) => {
      const row = await this.clusters.get(fabricId, tx);
      await this.recorder.tell(tx, fabricId, row.server, { state: 'unknown', reason: 'Removed', message: 'The cluster was removed from the fabric.', breaker: CLOSED });
      await this.clusters.remove(tx, fabricId);
      await this.audit.append(tx, { action: 'cluster.delete', subject: `fabric/${fabricId}`, outcome: 'done', details: { server: row.server } });
      onCommit(tx, () => this.#changed(fabricId));
    });
    return { fabricId };
  }

  /** Tests what is stored, or what is given, which is not stored. */
  async test(fabricId: string | undefined, spec: ClusterSpec | undefined): Promise<ConnectionTest> {
    if (spec === undefined && fabricId === undefined) {
      throw new NotFound({ code: 'K8S-003', message: 'Neither a fabric nor a cluster was named.', remedy: 'Name the fabric, or give the connection to test.' });
    }
    const credentials = spec === undefined ? await this.clusters.credentials(fabricId!) : credentialsOf(toClusterTarget(spec));
    const wish = fabricId === undefined ? null : await this.wishes.get(fabricId);
    return testConnection(credentials, wish?.kinds ?? [], this.guard);
  }

  /** What fabric wants to be watched; of no effect until the fabric has a cluster. */
  async wish(tx: EntityManager, wish: MessageData<'cluster.watch'>): Promise<void> {
    if (await this.wishes.put(tx, wish)) onCommit(tx, () => this.watches.wake());
  }

  /** A name that can't be resolved just now may be stored; an address that is not allowed may not. */
  async #admitted(fabricId: string, spec: ClusterSpec): Promise<ClusterTarget> {
    try {
      const target = toClusterTarget(spec);
      await this.guard.check(target.server).catch((error: unknown) => {
        if (!(error instanceof Unavailable)) throw error;
      });
      return target;
    } catch (error) {
      if (error instanceof HeddleError) {
        await this.database.transaction((tx) => this.audit.append(tx, { action: 'cluster.put', subject: `fabric/${fabricId}`, outcome: 'refused', details: { code: error.code } }));
      }
      throw error;
    }
  }

  #changed(fabricId: string): void {
    void this.links.drop(fabricId).finally(() => this.watches.wake());
  }
}

function connectionOf(row: ClusterRow): ClusterView['connection'] {
  return { state: row.state, reason: row.reason, message: row.message, since: row.since.toISOString(), breaker: row.breaker, credentialsExpireAt: row.credentialsExpireAt?.toISOString() ?? null };
}
