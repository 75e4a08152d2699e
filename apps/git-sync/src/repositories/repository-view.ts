import type { BreakerView, RepositoryView } from '@heddle/contracts';
import type { GitRepository } from './git-repository.entity.ts';

/** A repository as it is shown: no secret is in it. */
export function viewOf(repository: GitRepository, fabrics: readonly string[], now: Date): RepositoryView {
  return {
    id: repository.id, name: repository.name, url: repository.url, provider: repository.provider, defaultBranch: repository.defaultBranch,
    authentication: { type: repository.credentialsType, username: repository.credentialsUsername, ownCertificateAuthority: repository.certificateAuthority !== null },
    pollSeconds: repository.pollSeconds,
    state: repository.state, reason: repository.reason, message: repository.message, since: repository.since.toISOString(),
    breaker: breakerOf(repository, now),
    lastCheckedAt: repository.lastCheckedAt?.toISOString() ?? null, lastFetchedAt: repository.lastFetchedAt?.toISOString() ?? null,
    fabrics: [...fabrics], createdAt: repository.createdAt.toISOString(),
  };
}

/** From what is stored, so that every replica shows the same: after a failure nothing goes out before the next try. */
export function breakerOf(repository: Pick<GitRepository, 'failures' | 'nextTryAt' | 'message'>, now: Date): BreakerView {
  if (repository.failures === 0) return { state: 'closed', nextTryAt: null, lastError: null };
  const paused = repository.nextTryAt !== null && repository.nextTryAt > now;
  return { state: paused ? 'open' : 'half-open', nextTryAt: paused ? repository.nextTryAt!.toISOString() : null, lastError: repository.message };
}
