import type { Wait } from '@heddle/contracts';
import type { OperationEntity } from './operation.entity.ts';
import { firstWait } from './step-wait.ts';

/** The operation that is ahead of one that waits. */
export interface Ahead { number: number; type: string; state: string; startedAt: Date | null; deadline: Date }

type Waiting = Pick<OperationEntity, 'state' | 'createdAt' | 'deadline' | 'number'>;

/** What an operation as a whole waits for; null: it is under way, or over. Pure. @param ahead the one whose end it waits for; null: none */
export function operationWait(operation: Waiting, ahead: Ahead | null, steps: Iterable<Wait>): Wait | null {
  switch (operation.state) {
    case 'pending': return pendingWait(operation, ahead);
    case 'in_progress': return firstWait(steps);
    // Its steps are done; the switches may still have to follow.
    case 'completed': return firstWait(steps);
    case 'failed': case 'cancelled': case 'superseded': return null;
    default: return operation.state satisfies never;
  }
}

function pendingWait({ createdAt, deadline }: Waiting, ahead: Ahead | null): Wait {
  const common = { since: createdAt.toISOString(), until: deadline.toISOString(), try: 1 };
  if (!ahead) return { ...common, reason: 'Turn', for: 'its turn in the loop of fabric', owner: 'fabric', remedy: null };
  const since = ahead.startedAt ? `, in progress since ${ahead.startedAt.toISOString()}` : '';
  return { ...common, reason: 'OperationBefore', for: `operation ${ahead.number} (${ahead.type}${since})`, owner: `operation ${ahead.number}`, remedy: `See what operation ${ahead.number} waits for, or cancel it; it ends at ${ahead.deadline.toISOString()} at the latest.` };
}

/** Who sees to an operation now, by the name of the service; null: it is over. */
export function operationOwner({ state }: Pick<OperationEntity, 'state'>, unsent: number): string | null {
  if (state === 'pending') return 'fabric';
  if (state !== 'in_progress') return null;
  return unsent > 0 ? 'fabric, k8s-sync' : 'k8s-sync';
}
