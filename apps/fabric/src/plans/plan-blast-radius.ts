import type { BlastRadius, PlanStep } from '@heddle/contracts';
import { blastRadius, lookupOf, type PlannedChange, referencesOf } from '@heddle/hedgehog';
import type { EntityManager } from 'typeorm';
import { readNeighbourhood } from '../findings/neighbourhood.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { objectKey, type PlanObject } from './plan-object.ts';

/** Of plans with more steps the neighbours are not read: such a plan writes nearly all that it touches itself. */
const NEIGHBOURS_UP_TO = 2_000;

/** What the steps touch, from the objects of the plan and their neighbours alone. */
export async function blastRadiusOf(tx: EntityManager, fabricId: string, steps: readonly PlanStep[], objects: readonly PlanObject[]): Promise<BlastRadius | null> {
  const changes = changesOf(steps, objects);
  if (changes.length === 0) return null;
  const versions = changes.flatMap(({ before, after }) => [before, after]).filter((object) => object !== undefined);
  const keys = new ObjectSet(versions.map(({ kind, metadata: { name } }) => ({ kind, name })));
  // Who else names a pool that these draw from is no neighbour: that would be the whole fabric.
  const also = versions.flatMap((object) => referencesOf(object).map(({ toKind, toName }) => ({ kind: toKind, name: toName })));
  const lookup = steps.length <= NEIGHBOURS_UP_TO ? await readNeighbourhood(tx, fabricId, keys, { also }) : lookupOf([]);
  return blastRadius(changes, lookup);
}

/** Before and after, by object: a delete and a create of one are a change. Ownership touches nothing. */
function changesOf(steps: readonly PlanStep[], objects: readonly PlanObject[]): PlannedChange[] {
  const byKey = new Map(objects.map((object) => [objectKey(object), object]));
  const actions = Map.groupBy(steps.filter(({ action }) => action !== 'take_ownership'), objectKey);
  return [...actions].flatMap(([key, ofObject]): PlannedChange[] => {
    const object = byKey.get(key);
    const isGone = ofObject.every(({ action }) => action === 'delete');
    // What is merely recorded as applied changes nothing.
    if (!object || (object.live?.hash === object.desired?.hash && ofObject.length === 1)) return [];
    return [{ ...(object.live && { before: object.live.object }), ...(!isGone && object.desired && { after: object.desired.object }) }];
  });
}
