import { Outbox } from '@heddle/messaging';
import { Clock, Database, Leases, Logger, Metrics, sleep, type HeldWork, type Lease } from '@heddle/platform';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ClusterLinks } from '../cluster/cluster-links.ts';
import { OperationWalk } from './operation-walk.ts';
import { OutcomeFlush } from './outcome-flush.ts';
import { StepRunner } from './step-runner.ts';
import { StepStore } from './step-store.ts';

/** Walks the operations of each fabric, one after the other, under the lease `job:<fabric>`. */
@Injectable()
export class JobLoop implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #walks = new Map<string, OperationWalk>();
  readonly #outcomes;
  #work: HeldWork | undefined;

  constructor(
    @Inject(Leases) private readonly leases: Leases,
    @Inject(StepStore) private readonly store: StepStore,
    @Inject(ClusterLinks) private readonly links: ClusterLinks,
    @Inject(Database) private readonly database: Database,
    @Inject(Outbox) private readonly outbox: Outbox,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly logger: Logger,
    @Inject(Metrics) metrics: Metrics,
  ) {
    this.#outcomes = metrics.counter('heddle_steps_total', 'Outcomes of steps', ['action', 'outcome', 'reason']);
  }

  onApplicationBootstrap(): void {
    this.#work = this.leases.holdEach({
      name: 'job', keys: () => this.store.fabricsWithWork(), work: (fabricId, lease, signal) => this.#walkAll(fabricId, lease, signal),
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#work?.stop();
  }

  /** There is a new job, or a cancellation. */
  wake(fabricId: string): void {
    this.#walks.get(fabricId)?.wake();
    this.#work?.wake();
  }

  async #walkAll(fabricId: string, lease: Lease, signal: AbortSignal): Promise<void> {
    const flush = new OutcomeFlush(fabricId, lease, this.database, this.outbox, this.logger);
    const runner = new StepRunner(() => this.links.of(fabricId), lease, this.clock);
    for (let id = await this.store.nextOperation(fabricId); id !== null && !signal.aborted; id = await this.store.nextOperation(fabricId)) {
      const walk = new OperationWalk({
        operationId: id, lease, signal, store: this.store, runner, flush, clock: this.clock, logger: this.logger,
        onOutcome: (action, outcome) => this.#outcomes.inc({ action, outcome: outcome.type, reason: 'reason' in outcome ? outcome.reason : '' }),
      });
      this.#walks.set(fabricId, walk);
      try {
        await walk.run();
      } finally {
        this.#walks.delete(fabricId);
      }
      // An operation that ended without all its outcomes stored is not taken up again at once.
      if (!lease.valid()) await sleep(1_000, signal);
    }
  }
}
