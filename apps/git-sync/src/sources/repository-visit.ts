import { systemActor } from '@heddle/contracts';
import { Database, HeddleError, LeaseLost, runInContext, type Lease } from '@heddle/platform';
import { Inject, Injectable } from '@nestjs/common';
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { GIT_SYNC_CONFIG } from '../config-token.ts';
import type { GitSyncConfig } from '../config.ts';
import { GitFailure } from '../git/git-failure.ts';
import { GitRepository } from '../repositories/git-repository.entity.ts';
import { RepositoryContacts, type ContactResult } from '../repositories/repository-contacts.ts';
import { HandOver } from './hand-over.ts';
import { pauseAfter, untilNextVisit } from './next-visit.ts';
import { RepositoryLooks } from './repository-looks.ts';
import type { Look } from './source-reader.ts';
import { Source } from './source.entity.ts';
import { VisitTools } from './visit-tools.ts';

const tracer = trace.getTracer('heddle.git-sync');

/** One look at a repository: observe it, hand over what changed, record how it went. */
@Injectable()
export class RepositoryVisit {
  constructor(
    @Inject(GIT_SYNC_CONFIG) private readonly config: GitSyncConfig,
    private readonly database: Database,
    private readonly looks: RepositoryLooks,
    private readonly contacts: RepositoryContacts,
    private readonly handOver: HandOver,
    private readonly tools: VisitTools,
  ) {}

  /** Visits the repository when it is due. @returns milliseconds until it is due again */
  async visitWhenDue(id: string, lease: Lease, signal: AbortSignal): Promise<number> {
    const repository = await this.database.dataSource.manager.findOneBy(GitRepository, { id });
    if (!repository) return 60_000;
    const sources = await this.database.dataSource.manager.findBy(Source, { repositoryId: id, released: false });
    const wait = untilNextVisit({
      now: this.tools.clock.now().getTime(), wanted: repository.wanted > repository.served, readers: sources.length,
      lastCheckedAt: repository.lastCheckedAt?.getTime() ?? null, nextTryAt: repository.nextTryAt?.getTime() ?? null, pollMs: repository.pollSeconds * 1000,
    });
    if (wait > 0) return wait;
    await this.causedBy(repository, () => this.visit(repository, sources, lease, signal));
    return 0;
  }

  private async visit(repository: GitRepository, sources: Source[], lease: Lease, signal: AbortSignal): Promise<void> {
    if (repository.state === 'pending') {
      await this.database.transaction(async (tx) => {
        await lease.assertIn(tx);
        await this.contacts.move(tx, repository, 'test-started', 'Testing', 'The repository is contacted for the first time.');
      });
    }
    const found = await this.looks.look(repository, sources, lease, signal).catch((error: unknown) => asFailure(error, signal));
    if ('outcomes' in found) await this.recordLook(repository, found, lease);
    else await this.recordFailure(repository, sources, found, lease);
  }

  private async recordLook(repository: GitRepository, look: Look, lease: Lease): Promise<void> {
    const handedOver = new Map<string, string>();
    try {
      for (const outcome of look.outcomes) {
        const { fabricId } = outcome.source;
        const recorded = await this.tools.inFabric(fabricId, () => this.database.transaction(async (tx) => {
          await lease.assertIn(tx);
          return this.handOver.record(tx, outcome, lease.epoch);
        }));
        if (recorded && outcome.is === 'changed') {
          this.tools.logger.info('revision handed over', { fabricId, commit: outcome.commit.id, files: outcome.files.length });
          handedOver.set(fabricId, outcome.commit.id);
        }
      }
    } finally {
      // All at once: a process of git's for each would keep the next fabric waiting.
      await this.looks.pin(repository.id, handedOver);
    }
    await this.settle(repository, lease, { reached: true, reason: 'Connected', message: 'The repository can be read.', fetched: look.fetched, nextTryAt: null, served: repository.wanted });
  }

  private async recordFailure(repository: GitRepository, sources: Source[], failure: GitFailure, lease: Lease): Promise<void> {
    const pause = pauseAfter(repository.failures + 1, this.config.HEDDLE_GIT_RETRY_SECONDS * 1000, this.tools.random());
    const nextTryAt = new Date(this.tools.clock.now().getTime() + pause);
    const message = `${failure.message} ${failure.remedy}`;
    this.tools.logger.warn('repository cannot be read', { repositoryId: repository.id, reason: failure.reason, message: failure.message, nextTryAt });
    const settled = await this.settle(repository, lease, { reached: false, reason: failure.reason, message, fetched: false, nextTryAt, served: repository.served });
    if (!settled) return;
    for (const { fabricId, generation } of sources) {
      await this.tools.inFabric(fabricId, () => this.database.transaction(async (tx) => {
        await lease.assertIn(tx);
        const source = await tx.findOne(Source, { where: { fabricId, generation, released: false }, lock: { mode: 'pessimistic_write' } });
        if (source) await this.handOver.tell(tx, source, { state: 'failing', reason: failure.reason, message, nextTryAt });
      }));
    }
  }

  private settle(repository: GitRepository, lease: Lease, result: ContactResult): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      return this.contacts.record(tx, repository, result);
    });
  }

  /** The push or request that asked for the visit stays its cause: same correlation id, same trace. */
  private causedBy<T>(repository: GitRepository, work: () => Promise<T>): Promise<T> {
    const by = repository.wanted > repository.served ? repository.wantedBy : null;
    const parent = by ? propagation.extract(ROOT_CONTEXT, by) : ROOT_CONTEXT;
    const cause = { correlationId: by?.correlationId ?? this.tools.ids.uuid(), actor: systemActor('git-sync') };
    // A span of its own: a push that polling found starts its trace here.
    return context.with(parent, () => tracer.startActiveSpan('visit repository', { attributes: { 'heddle.repository.id': repository.id } }, (span) =>
      runInContext(cause, work).finally(() => span.end())));
  }
}

/** Anything else than a failure of git or its guard is a defect or a lost lease, and goes up. */
function asFailure(error: unknown, signal: AbortSignal): GitFailure {
  if (signal.aborted || error instanceof LeaseLost) throw error;
  if (error instanceof GitFailure && error.reason !== 'Cancelled') return error;
  if (error instanceof GitFailure) return new GitFailure('TimedOut', 'The repository was not read in time.', { cause: error });
  if (error instanceof HeddleError) return new GitFailure(error.kind === 'unavailable' ? 'HostUnreachable' : 'GitFailed', error.message, { cause: error });
  throw error;
}
