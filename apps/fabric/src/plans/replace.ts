import { blocksDelete, changesImmutable, referencesOf } from '@heddle/hedgehog';
import { inInventory, isDrifted, objectKey, type PlanObject } from './plan-object.ts';

/** Objects that are deleted and made again, each with its reason; or why an object can't be. */
export interface Replacement {
  /** By object key, why. */
  reasons: Map<string, string>;
  /** By object key of what was to be replaced, what stands in the way. */
  blocked: Map<string, string>;
}

/** Why the object can't be brought to what Git says in place; null: it can. */
export function immutableReason({ desired, live }: PlanObject): string | null {
  if (!desired || !live) return null;
  const [field] = changesImmutable(live.object, desired.object);
  return field ? `${field.path} can't be changed (${field.reason})` : null;
}

/**
 * What is replaced with the given objects: whatever names them and would keep them from being deleted goes first and
 * comes back after. An object whose dependants can't come back as they were is not replaced at all.
 * @param deleted keys of the objects that the plan deletes anyway
 */
export function replacementOf(roots: readonly PlanObject[], objects: readonly PlanObject[], deleted: ReadonlySet<string>): Replacement {
  const result: Replacement = { reasons: new Map(), blocked: new Map() };
  for (const root of roots) {
    const found = new Map([[objectKey(root), `replaced: ${immutableReason(root) ?? 'it can\'t be changed in place'}`]]);
    const obstacle = obstacleOf(root) ?? gather(root, objects, found, deleted);
    if (obstacle) result.blocked.set(objectKey(root), obstacle);
    else for (const [key, reason] of found) if (!result.reasons.has(key)) result.reasons.set(key, reason);
  }
  return result;
}

/** Adds what blocks the delete of the root, directly or not. @returns what makes it impossible */
function gather(root: PlanObject, objects: readonly PlanObject[], found: Map<string, string>, deleted: ReadonlySet<string>): string | null {
  const queue = [root];
  for (const target of queue) {
    for (const object of objects) {
      if (found.has(objectKey(object)) || deleted.has(objectKey(object)) || !keepsFromDelete(object, target)) continue;
      const obstacle = object.desired ? obstacleOf(object) : `${object.kind} ${object.name}, which Git does not have, names ${target.kind} ${target.name} and is not deleted.`;
      if (obstacle) return obstacle;
      found.set(objectKey(object), `deleted and made again: it names ${target.kind} ${target.name}, which is replaced`);
      queue.push(object);
    }
  }
  return null;
}

/** It lives, names the target, and goes on doing so. What Git has otherwise lets go by its own step. */
function keepsFromDelete(object: PlanObject, target: PlanObject): boolean {
  if (!object.live || !blocksDelete(object.kind, target.kind) || !names(object.live.object, target)) return false;
  return object.desired === null || names(object.desired.object, target);
}

function names(object: Parameters<typeof referencesOf>[0], { kind, name }: PlanObject): boolean {
  return referencesOf(object).some(({ toKind, toName }) => toKind === kind && toName === name);
}

function obstacleOf(object: PlanObject): string | null {
  const { kind, name } = object;
  if (!inInventory(object)) return `${kind} ${name} is not managed by Heddle in the cluster: it can't be deleted and made again.`;
  if (object.held) return `the document of ${kind} ${name} can't be used: it could not be made again.`;
  if (object.errors.length > 0) return `${kind} ${name} has findings (${object.errors.join(', ')}): it could not be made again.`;
  if (object.live?.deleting) return `${kind} ${name} is being deleted already.`;
  if (isDrifted(object)) return `somebody else changed ${kind} ${name}: revert the drift first, or change Git.`;
  return null;
}
