import { Outbox } from '@heddle/messaging';
import { Clock } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { RepositoryState } from '@heddle/contracts';
import type { EntityManager } from 'typeorm';
import { GitRepository } from './git-repository.entity.ts';
import { REPOSITORY_TRANSITIONS, statesAfterContact, type RepositoryEvent } from './repository-state.ts';

/** What a contact with the repository's server came to. */
export interface ContactResult {
  reached: boolean;
  reason: string;
  message: string;
  fetched: boolean;
  nextTryAt: Date | null;
  /** The wish that it answered. */
  served: number;
}

/** Moves repositories through their states and tells of each move. */
@Injectable()
export class RepositoryContacts {
  constructor(private readonly outbox: Outbox, private readonly clock: Clock) {}

  /** Moves by one event; the caller has the row locked or just made. */
  async move(tx: EntityManager, repository: GitRepository, event: RepositoryEvent, reason: string, message: string): Promise<void> {
    const next = REPOSITORY_TRANSITIONS[repository.state][event];
    if (next !== null) await this.enter(tx, repository, next, reason, message);
  }

  /** False when the address or the credentials changed meanwhile: the contact says nothing about them. */
  async record(tx: EntityManager, seen: GitRepository, result: ContactResult): Promise<boolean> {
    const repository = await tx.findOne(GitRepository, { where: { id: seen.id }, lock: { mode: 'pessimistic_write' } });
    if (repository?.version !== seen.version) return false;
    for (const state of statesAfterContact(repository.state, repository.reason, result)) {
      const settled = state === 'connected' || state === 'failed';
      await this.enter(tx, repository, state, settled ? result.reason : 'Testing', settled ? result.message : 'The repository is contacted again.');
    }
    const now = this.clock.now();
    await tx.update(GitRepository, seen.id, {
      message: result.message, lastCheckedAt: now, nextTryAt: result.nextTryAt,
      failures: result.reached ? 0 : repository.failures + 1,
      ...(result.fetched ? { lastFetchedAt: now } : {}),
      ...(result.reached ? { served: result.served } : {}),
    });
    return true;
  }

  private async enter(tx: EntityManager, repository: GitRepository, to: RepositoryState, reason: string, message: string): Promise<void> {
    const from = repository.state;
    Object.assign(repository, { state: to, reason, message, since: this.clock.now() });
    await tx.update(GitRepository, repository.id, { state: to, reason, message, since: repository.since });
    if (from === to) return;
    await this.outbox.add(tx, 'repository.state_changed', { repositoryId: repository.id, name: repository.name, from, to, reason, message }, { orderingKey: `repository:${repository.id}` });
  }
}
