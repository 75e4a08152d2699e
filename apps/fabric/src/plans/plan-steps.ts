import type { FieldChange, Finding } from '@heddle/contracts';
import { diffNormalised, orderSteps, type StepOrder, type StepToOrder } from '@heddle/hedgehog';
import type { Choice } from './choose-changes.ts';
import { objectKey } from './plan-object.ts';
import type { Plan, PlannedStep } from './plan-sync.ts';
import type { Withheld } from './withheld.ts';

/** One write that a choice asks for: a replaced object has two. */
interface Write { choice: Choice; action: Withheld['action']; reason: string; id: string }

export interface Steps { steps: PlannedStep[]; kept: Withheld[]; findings: Finding[] }

/** The steps of what was chosen, in order; what waits for itself is kept back, with all that can't go without it. Pure. */
export function planSteps(type: Plan['type'], chosen: readonly Choice[]): Steps {
  const writes = chosen.flatMap(writesOf);
  const byId = new Map(writes.map((write) => [write.id, write]));
  const order = orderSteps(writes.map(toOrder));
  const kept = keptBack(order, writes);
  return {
    steps: order.steps.filter(({ id }) => !kept.has(id)).flatMap(({ id, after }) => stepsOf(byId.get(id) as Write, [...after], type)),
    kept: [...kept].map(([id, reason]) => asWithheld(byId.get(id) as Write, reason)), findings: [...order.findings],
  };
}

function writesOf(choice: Choice): Write[] {
  const { object, action, reason } = choice;
  const write = (of: Withheld['action'], why: string): Write => ({ choice, action: of, reason: why, id: `${of}/${objectKey(object)}` });
  return action === 'replace' ? [write('delete', reason), write('create', reason)] : [write(action, reason)];
}

function toOrder({ choice: { object }, action, id }: Write): StepToOrder {
  return {
    id, kind: object.kind, name: object.name,
    ...(action !== 'delete' && object.desired && { wanted: object.desired.object }),
    ...(action !== 'create' && object.live && { current: object.live.object }),
  };
}

/** What has no place in the order; and, so that nothing is deleted that then can't be made again, the other half of what is replaced. */
function keptBack(order: StepOrder, writes: readonly Write[]): Map<string, Pick<Withheld, 'reason' | 'message'>> {
  const kept = new Map<string, Pick<Withheld, 'reason' | 'message'>>(order.cyclic.map((id) => [id, { reason: 'OrderCycle', message: 'It waits for an object that waits for it.' }]));
  for (const { id, by } of order.blocked) kept.set(id, waitsFor(by));
  if (kept.size === 0) return kept;
  const ofObject = Map.groupBy(writes, ({ choice }) => objectKey(choice.object));
  for (let before = -1; before < kept.size;) {
    before = kept.size;
    for (const { id, after } of order.steps) {
      const by = after.find((other) => kept.has(other));
      if (by !== undefined && !kept.has(id)) kept.set(id, waitsFor(by));
    }
    for (const { id, choice } of writes) {
      const other = (ofObject.get(objectKey(choice.object)) as Write[]).find((half) => half.id !== id);
      if (other && kept.has(other.id) && !kept.has(id)) kept.set(id, waitsFor(other.id));
    }
  }
  return kept;
}

function waitsFor(id: string): Pick<Withheld, 'reason' | 'message'> {
  return { reason: 'WaitsForWithheld', message: `It comes after ${id}, which is kept back.` };
}

function asWithheld({ choice: { object }, action }: Write, reason: Pick<Withheld, 'reason' | 'message'>): Withheld {
  return { kind: object.kind, name: object.name, action, ...reason };
}

function stepsOf(write: Write, dependsOn: string[], type: Plan['type']): PlannedStep[] {
  const { choice: { object }, action, reason, id } = write;
  const { kind, name, live, desired } = object;
  const seen = live && action !== 'create' ? { uid: live.uid, resourceVersion: live.resourceVersion } : {};
  const step: PlannedStep = {
    stepId: id, action: type === 'revert' && live ? 'revert' : action, kind, name, dependsOn, reason,
    changes: changesOf(write), preconditions: seen,
    rawHash: action === 'delete' ? null : (desired?.rawHash ?? null), desiredHash: action === 'delete' ? null : (desired?.hash ?? null),
    fromManagers: [], force: type === 'revert' && live !== null,
  };
  if (action !== 'update' || object.baseHash !== null || !live || live.foreignManagers.length === 0) return [step];
  const ownership: PlannedStep = {
    ...step, stepId: `take_ownership/${kind}/${name}`, action: 'take_ownership', changes: [], rawHash: null, desiredHash: null,
    reason: `takes over the fields of ${live.foreignManagers.join(', ')}: what Git does not have of them goes`, fromManagers: live.foreignManagers, force: false,
  };
  // Taking ownership moves the resourceVersion: the write after it is guarded by the uid alone.
  return [ownership, { ...step, dependsOn: [...dependsOn, ownership.stepId].toSorted(), preconditions: { uid: live.uid } }];
}

function changesOf({ choice: { object: { desired, live } }, action }: Write): FieldChange[] {
  return action === 'delete' ? [] : diffNormalised(live?.object, desired?.object);
}
