import { currentContext } from '@heddle/platform';
import { context, propagation } from '@opentelemetry/api';
import type { EntityManager } from 'typeorm';
import type { WantedBy } from '../repositories/git-repository.entity.ts';

/**
 * Notes that a repository should be looked at now, and on whose account. The pause after failures is kept unless a
 * person asked or the way in was changed.
 */
export async function wantFetch(tx: EntityManager, repositoryId: string, { evenInPause }: { evenInPause: boolean }): Promise<void> {
  const by: WantedBy = { correlationId: currentContext()?.correlationId ?? repositoryId };
  propagation.inject(context.active(), by);
  await tx.query(
    `UPDATE repository SET wanted = wanted + 1, wanted_by = $2, next_try_at = CASE WHEN $3 THEN NULL ELSE next_try_at END WHERE id = $1`,
    [repositoryId, JSON.stringify(by), evenInPause],
  );
}
