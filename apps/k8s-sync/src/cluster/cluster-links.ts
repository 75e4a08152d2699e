import { Background, Breakers, Database, describeError, Logger, OutboundGuard } from '@heddle/platform';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ApiClient } from '../api/api-client.ts';
import { ApiSession } from '../api/api-session.ts';
import type { Config } from '../config.ts';
import { ClusterLink, countsAgainstCluster } from './cluster-link.ts';
import { Clusters } from './clusters.ts';
import { ConnectionMonitor } from './connection-monitor.ts';
import { ConnectionRecorder } from './connection-recorder.ts';
import { guardedLookup } from './guarded-lookup.ts';

export const CONFIG = Symbol('k8s-sync configuration');
const USER_AGENT = 'heddle/0.1';
const LOOK_FOR_CHANGES_MS = 1_000;

/** The links of this process, one per fabric, made when they are first asked for and given up when the stored cluster changes. */
@Injectable()
export class ClusterLinks implements OnModuleInit, OnApplicationShutdown {
  readonly #links = new Map<string, Promise<ClusterLink>>();

  constructor(
    @Inject(Clusters) private readonly clusters: Clusters,
    @Inject(ConnectionRecorder) private readonly recorder: ConnectionRecorder,
    @Inject(Breakers) private readonly breakers: Breakers,
    @Inject(OutboundGuard) private readonly guard: OutboundGuard,
    @Inject(Database) private readonly database: Database,
    @Inject(Background) private readonly background: Background,
    @Inject(Logger) private readonly logger: Logger,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.background.every('look for changed clusters', LOOK_FOR_CHANGES_MS, () => this.#dropChanged());
  }

  /** @throws NotFound when the fabric has no cluster, Stalled when its credentials can't be opened. */
  async of(fabricId: string): Promise<ClusterLink> {
    const known = this.#links.get(fabricId);
    if (known) return known;
    const opening = this.#open(fabricId);
    this.#links.set(fabricId, opening);
    opening.catch(() => { if (this.#links.get(fabricId) === opening) this.#links.delete(fabricId); });
    return opening;
  }

  /** Gives up the link; the next `of` reads the stored cluster anew. */
  async drop(fabricId: string): Promise<void> {
    const known = this.#links.get(fabricId);
    this.#links.delete(fabricId);
    this.breakers.drop(breakerKey(fabricId));
    if (known) await known.then((link) => link.close(), () => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#links.keys()].map((fabricId) => this.drop(fabricId)));
    await this.recorder.settled();
  }

  async #open(fabricId: string): Promise<ClusterLink> {
    const credentials = await this.clusters.credentials(fabricId);
    const session = new ApiSession(credentials, { lookup: guardedLookup(this.guard), userAgent: USER_AGENT, admit: () => this.guard.check(credentials.server) });
    const monitor: ConnectionMonitor = new ConnectionMonitor(() => breaker.view(), (state) => this.recorder.record(fabricId, credentials.revision, state));
    const breaker = this.breakers.for(breakerKey(fabricId), {
      subject: `API server ${credentials.server}`, resetMs: this.config.HEDDLE_CLUSTER_RETRY_MS, timeoutMs: 60_000, counts: countsAgainstCluster,
      onChange: (view) => monitor.breakerChanged(view),
    });
    return new ClusterLink(fabricId, credentials.revision, credentials.namespace, new ApiClient(session), breaker, monitor);
  }

  async #dropChanged(): Promise<void> {
    const ids = [...this.#links.keys()].sort();
    if (ids.length === 0) return;
    const rows = await this.database.query<{ fabric_id: string; revision: number }>(`SELECT fabric_id, revision FROM cluster WHERE fabric_id = ANY($1)`, [ids]);
    const revisions = new Map(rows.map((row) => [row.fabric_id, row.revision]));
    for (const fabricId of ids) {
      const link = await this.#links.get(fabricId)?.catch(() => null);
      if (!link || link.revision === revisions.get(fabricId)) continue;
      await this.drop(fabricId).catch((error: unknown) => this.logger.warn('closing a link failed', { fabricId, error: describeError(error) }));
    }
  }
}

function breakerKey(fabricId: string): string {
  return `cluster:${fabricId}`;
}
