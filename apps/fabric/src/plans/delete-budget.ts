import type { DeleteBudget, ObjectRef } from '@heddle/contracts';
import { listed } from '@heddle/hedgehog';
import type { Withheld } from './withheld.ts';

/** Of so few deletes a percentage says nothing: one of two objects is half of the fabric. */
const PERCENT_FROM = 4;
const NAMED = 5;

/** Why deletes wait for a second person, one sentence each; none: they may go. */
export function budgetReasons(deletes: readonly ObjectRef[], budget: DeleteBudget, inventoryTotal: number): string[] {
  const among = `${deletes.length} delete(s) among ${inventoryTotal} managed object(s)`;
  const touched = deletes.filter((ref) => isProtected(ref, budget));
  return [
    ...(deletes.length > budget.maxDeletes ? [`${among}: more than ${budget.maxDeletes} in one change.`] : []),
    ...(isPastPercent(deletes.length, budget, inventoryTotal) ? [`${among}: more than ${budget.maxDeletePercent} % of the fabric.`] : []),
    ...(touched.length > 0 ? [`Protected: ${listed(touched.map(({ kind, name }) => `${kind} ${name}`), NAMED)}.`] : []),
  ];
}

function isPastPercent(deletes: number, { maxDeletePercent }: DeleteBudget, inventoryTotal: number): boolean {
  return deletes >= PERCENT_FROM && deletes * 100 > maxDeletePercent * inventoryTotal;
}

function isProtected({ kind, name }: ObjectRef, { protectedKinds, protectedObjects }: DeleteBudget): boolean {
  return protectedKinds.includes(kind) || protectedObjects.some((other) => other.kind === kind && other.name === name);
}

/** What a step that waits for an approval stands as among what is kept back. */
export function waitingForApproval(step: { kind: string; name: string; action: string }, reasons: readonly string[]): Withheld {
  const { kind, name, action } = step;
  const said = { kind, name, action: action === 'delete' ? 'delete' as const : action === 'create' ? 'create' as const : 'update' as const };
  if (action !== 'delete') return { ...said, reason: 'WaitsForApproval', message: `${kind} ${name} comes after a delete that waits for an approval.` };
  return { ...said, reason: 'ApprovalNeeded', message: `${kind} ${name} is deleted only when a second person has approved the plan: ${reasons.join(' ')}` };
}

/** Whether that is why something is kept back. */
export function awaitsApproval({ reason }: Pick<Withheld, 'reason'>): boolean {
  return reason === 'ApprovalNeeded' || reason === 'WaitsForApproval';
}
