import type { FabricView } from '@heddle/contracts';
import type { FabricEntity } from './fabric.entity.ts';

type Retry = Required<Pick<FabricView['sync'], 'nextTryAt' | 'try' | 'remedy'>>;

/** What follows the failed sync of a fabric, as it is shown; null: the last one did not fail. */
export function syncRetryOf({ syncState, syncRetry, planDueAt }: Pick<FabricEntity, 'syncState' | 'syncRetry' | 'planDueAt'>): Retry | null {
  if (syncState !== 'error' || syncRetry === null) return null;
  // The wish may have been brought forward, or taken away with automatic sync.
  return { nextTryAt: planDueAt?.toISOString() ?? null, try: syncRetry.try, remedy: syncRetry.remedy };
}

/** The same as a sentence. */
export function describeRetry({ nextTryAt, try: number, remedy }: Retry): string {
  const next = nextTryAt ? `Try ${number} at ${nextTryAt}.` : 'It is not tried again by itself.';
  return `${next}${remedy ? ` ${remedy}` : ''}`;
}
