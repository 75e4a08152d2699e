import type { ApprovalState } from '@heddle/contracts';

interface Asked { state: ApprovalState; desiredVersion: number; expiresAt: Date }

/** How an approval stands now: it runs out, and is void when Git moved on. */
export function standingOf({ state, desiredVersion, expiresAt }: Asked, fabricDesiredVersion: number, now: Date): ApprovalState {
  if (state !== 'pending' && state !== 'approved') return state;
  if (desiredVersion !== fabricDesiredVersion) return 'superseded';
  return expiresAt <= now ? 'expired' : state;
}
