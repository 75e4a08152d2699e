import type { DeleteBudget } from '@heddle/contracts';
import { inInventory, isDrifted, type PlanObject } from './plan-object.ts';

/** Why something that differs is not done. */
export interface Withheld {
  kind: string;
  name: string;
  action: 'create' | 'update' | 'delete';
  /** CamelCase. */
  reason: string;
  message: string;
}

export interface WithholdingRules {
  prune: boolean;
  /** False while any document of the directory can't be read. */
  sourceComplete: boolean;
  /** A person asked for the deletes in so many words: satisfies the prune switch, never the budget. */
  confirmed: boolean;
  /** What can't be changed in place may be deleted and made again. */
  replace: boolean;
  budget: DeleteBudget;
  /** The repository, branch or directory of the fabric is another since the last deletes were agreed on. */
  sourceChanged: boolean;
  /** Number of objects that Heddle manages in the cluster. */
  inventoryTotal: number;
  /** Number of objects that Git asks for; none at all never means 'delete everything'. */
  desiredTotal: number;
}

/** What would be done with the object if nothing kept it back; null: nothing. */
export function wantedAction({ desired, live, baseHash }: PlanObject): Withheld['action'] | null {
  if (!desired) return live && baseHash !== null ? 'delete' : null;
  if (!live) return 'create';
  return live.hash === desired.hash && baseHash === desired.hash ? null : 'update';
}

/** The reason that keeps the object's action back, or null when it may be done. */
export function withholding(object: PlanObject, action: Withheld['action'], rules: WithholdingRules): Pick<Withheld, 'reason' | 'message'> | null {
  return action === 'delete' ? deleteWithheld(object, rules) : writeWithheld(object);
}

function deleteWithheld(object: PlanObject, rules: WithholdingRules): Pick<Withheld, 'reason' | 'message'> | null {
  const { kind, name } = object;
  if (!inInventory(object)) return { reason: 'NotInInventory', message: `${kind} ${name} is no longer managed by heddle in the cluster; it is left alone.` };
  // Hedgehog's webhooks refuse the delete of some kinds only; groups and gateways would go.
  if (object.neededBy?.length) return { reason: 'StillReferenced', message: `${kind} ${name} is no longer in Git, but ${object.neededBy.join(', ')} in Git still names it: take that out as well, or put it back.` };
  if (object.live?.deleting) return { reason: 'AlreadyDeleting', message: `${kind} ${name} is being deleted already.` };
  if (rules.desiredTotal === 0) return { reason: 'SourceEmpty', message: `Git has no object at all; ${kind} ${name} is left as it is.` };
  if (!rules.sourceComplete) return { reason: 'SourceIncomplete', message: `${kind} ${name} is not deleted while a document of the directory can't be read.` };
  if (!rules.prune) return { reason: 'PruneOff', message: `${kind} ${name} is no longer in Git; prune is off.` };
  if (rules.sourceChanged && !rules.confirmed) return { reason: 'SourceChanged', message: `The source of the fabric was changed and does not have ${kind} ${name}. ${CONFIRM}` };
  return null;
}

const CONFIRM = 'Look at the plan, then sync with prune: true to delete it.';

function writeWithheld(object: PlanObject): Pick<Withheld, 'reason' | 'message'> | null {
  const { kind, name, errors } = object;
  if (object.held) return { reason: 'Held', message: `The document of ${kind} ${name} can't be used; its last good version is kept and not changed.` };
  if (errors.length > 0) return { reason: 'Invalid', message: `${kind} ${name} has findings: ${errors.join(', ')}.` };
  if (object.live?.deleting) return { reason: 'BeingDeleted', message: `${kind} ${name} is being deleted in the cluster; it can be written again when it is gone.` };
  const conflicts = object.drift?.conflicts ?? [];
  if (conflicts.length > 0) return { reason: 'Conflict', message: `Git and somebody in the cluster changed ${conflicts.map((path) => path || 'all').join(', ')} of ${kind} ${name} differently: revert the drift to take what Git says, or change Git.` };
  if (isDrifted(object) || object.drift) return { reason: 'Drifted', message: `Somebody else changed ${kind} ${name} after Heddle applied it: revert the drift, or change Git.` };
  return null;
}
