import { Outbox } from '@heddle/messaging';
import { Background, Clock, Database, HeddleError, Ids, Leases, Logger, sleep, type HeldWork, type Lease } from '@heddle/platform';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ClusterLinks, CONFIG } from '../cluster/cluster-links.ts';
import { Clusters } from '../cluster/clusters.ts';
import { ConnectionRecorder } from '../cluster/connection-recorder.ts';
import type { Config } from '../config.ts';
import { FabricWatch } from './fabric-watch.ts';
import { ObservationFlush } from './observation-flush.ts';
import { Turnstile } from './turnstile.ts';
import { WatchWishes } from './watch-wishes.ts';

const LOOK_FOR_CHANGES_MS = 1_000;
/** Lists at once per process: each holds a whole kind in memory. */
const LISTS_AT_ONCE = 4;
const WATCH_RETRY_MS = 500;

interface Held {
  version: string | undefined;
  restart: AbortController;
  /** One per lease: its sequence rises across restarts. */
  readonly flush: ObservationFlush;
}

/** What a watch needs to tell what it sees. */
@Injectable()
export class WatchTools {
  constructor(
    @Inject(Database) readonly database: Database,
    @Inject(Outbox) readonly outbox: Outbox,
    @Inject(Clock) readonly clock: Clock,
    @Inject(Ids) readonly ids: Ids,
    @Inject(Logger) readonly logger: Logger,
  ) {}
}

/** Watches each cluster under the lease `watch:<fabric>`, and starts anew when the cluster or the wish changes. */
@Injectable()
export class WatchLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #held = new Map<string, Held>();
  readonly #lists = new Turnstile(LISTS_AT_ONCE);
  #work: HeldWork | undefined;

  constructor(
    @Inject(Leases) private readonly leases: Leases,
    @Inject(Clusters) private readonly clusters: Clusters,
    @Inject(WatchWishes) private readonly wishes: WatchWishes,
    @Inject(ClusterLinks) private readonly links: ClusterLinks,
    @Inject(ConnectionRecorder) private readonly recorder: ConnectionRecorder,
    @Inject(WatchTools) private readonly tools: WatchTools,
    @Inject(Background) private readonly background: Background,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    this.#work = this.leases.holdEach({ name: 'watch', keys: () => this.clusters.fabricIds(), work: (fabricId, lease, signal) => this.#watch(fabricId, lease, signal) });
    this.background.every('look for changed watches', LOOK_FOR_CHANGES_MS, () => this.#restartChanged());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#work?.stop();
  }

  /** A cluster or a wish is new. */
  wake(): void {
    this.#work?.wake();
    void this.#restartChanged().catch((error: unknown) => this.tools.logger.warn('looking for changed watches failed', { error }));
  }

  async #watch(fabricId: string, lease: Lease, signal: AbortSignal): Promise<void> {
    const { database, outbox, clock, ids, logger } = this.tools;
    const flush = new ObservationFlush({ fabricId, lease, database, outbox, clock, ids, logger, flushMs: this.config.HEDDLE_WATCH_FLUSH_MS });
    const held: Held = { version: undefined, restart: new AbortController(), flush };
    this.#held.set(fabricId, held);
    try {
      while (!signal.aborted) {
        held.restart = new AbortController();
        await this.#watchOnce(fabricId, lease, held, AbortSignal.any([signal, held.restart.signal]));
      }
    } finally {
      this.#held.delete(fabricId);
      flush.stop();
    }
  }

  async #watchOnce(fabricId: string, lease: Lease, held: Held, signal: AbortSignal): Promise<void> {
    held.version = (await this.wishes.versions([fabricId])).get(fabricId);
    const row = await this.clusters.find(fabricId);
    if (!row) return sleep(LOOK_FOR_CHANGES_MS, signal);
    const link = await this.links.of(fabricId).catch((error: unknown) => this.#unreadable(fabricId, row.revision, error));
    if (!link || link.revision !== row.revision) return sleep(LOOK_FOR_CHANGES_MS, signal);
    if (row.credentialsExpireAt === null) await this.recorder.learnExpiry(lease, fabricId);
    const wish = await this.wishes.get(fabricId);
    link.watchedAnew();
    const { flush } = held;
    flush.tellAsAgents(wish?.kinds.filter((kind) => kind.role === 'agent').map((kind) => kind.kind) ?? []);
    const { database, clock, logger } = this.tools;
    const watch = new FabricWatch({
      link, lease, wish, flush, lists: this.#lists, signal: AbortSignal.any([signal, link.signal]), database, clock, logger,
      timing: { idleMs: this.config.HEDDLE_WATCH_IDLE_MS, timeoutSeconds: this.config.HEDDLE_WATCH_TIMEOUT_SECONDS, retryMs: WATCH_RETRY_MS },
      retryMs: this.config.HEDDLE_CLUSTER_RETRY_MS, probeMs: this.config.HEDDLE_CLUSTER_PROBE_MS,
    });
    await watch.run();
    await flush.flush();
  }

  /** The key that sealed the credentials is gone: that is a state of the connection, not a defect of the loop. */
  #unreadable(fabricId: string, revision: number, error: unknown): null {
    if (!(error instanceof HeddleError)) throw error;
    this.recorder.record(fabricId, revision, { state: 'failed', reason: 'CredentialsUnreadable', message: error.message, breaker: { state: 'closed', nextTryAt: null, lastError: null } });
    return null;
  }

  async #restartChanged(): Promise<void> {
    const fabricIds = [...this.#held.keys()];
    if (fabricIds.length === 0) return;
    const versions = await this.wishes.versions(fabricIds);
    for (const [fabricId, held] of this.#held) {
      if (held.version !== undefined && fabricIds.includes(fabricId) && versions.get(fabricId) !== held.version) held.restart.abort();
    }
  }
}
