import { contentHash, diffNormalised, orderSteps, referencesOf, type StepToOrder } from '@heddle/hedgehog';
import type { FieldChange, Finding, ObjectRef, PlanStep } from '@heddle/contracts';
import { objectKey, type PlanObject } from './plan-object.ts';
import { areTooManyDeletes, tooManyDeletes, wantedAction, type Withheld, withholding, type WithholdingRules } from './withheld.ts';

/** What a plan is based on, by name. */
export interface PlanVersions {
  commit: string | null;
  tree: string | null;
  normaliser: number;
}

export interface PlanInput {
  objects: PlanObject[];
  rules: WithholdingRules;
  /** Only these objects and what they need first; null: all. */
  selection: ObjectRef[] | null;
  versions: PlanVersions;
}

/** A step with what carrying it out needs beside what people are shown. */
export interface PlannedStep extends PlanStep {
  /** Of the document in Git to apply; null for deletes and ownership. */
  rawHash: string | null;
  /** What live is to be afterwards; null for deletes. */
  desiredHash: string | null;
  fromManagers: string[];
  force: boolean;
}

export interface Plan {
  type: 'sync' | 'revert';
  hash: string;
  steps: PlannedStep[];
  withheld: Withheld[];
  findings: Finding[];
  counts: { create: number; update: number; delete: number };
}

interface Choice { object: PlanObject; action: Withheld['action']; reason: string }

/**
 * The plan that brings live to desired: a graph of steps with preconditions and reasons, and what is kept back and why.
 * Pure: the same input, in any order, gives the same plan and hash.
 */
export function planSync(input: PlanInput): Plan {
  const objects = input.objects.toSorted((a, b) => (objectKey(a) < objectKey(b) ? -1 : 1));
  const { chosen, withheld } = braked(choose(objects, input), input.rules);
  return assemble('sync', chosen, withheld, input.versions);
}

/** The plan that puts desired objects back, by force where others hold their fields. */
export function planRevert(objects: PlanObject[], versions: PlanVersions): Plan {
  const chosen = objects.flatMap((object): Choice[] => object.desired
    ? [{ object, action: object.live ? 'update' : 'create', reason: object.live ? 'puts back what somebody changed in the cluster' : 'puts back what somebody deleted in the cluster' }]
    : []);
  return assemble('revert', chosen, [], versions);
}

function braked({ chosen, withheld }: ReturnType<typeof choose>, rules: WithholdingRules): ReturnType<typeof choose> {
  const deletes = chosen.filter(({ action }) => action === 'delete');
  if (!areTooManyDeletes(deletes.length, rules)) return { chosen, withheld };
  return { chosen: chosen.filter(({ action }) => action !== 'delete'), withheld: [...withheld, ...deletes.map(({ object }) => tooManyDeletes(object, deletes.length, rules))] };
}

function choose(objects: PlanObject[], { rules, selection }: PlanInput): { chosen: Choice[]; withheld: Withheld[] } {
  const withheld: Withheld[] = [];
  const candidates: Choice[] = [];
  for (const object of objects) {
    const action = wantedAction(object);
    if (!action) continue;
    const kept = withholding(object, action, rules);
    if (kept) withheld.push({ kind: object.kind, name: object.name, action, ...kept });
    else candidates.push({ object, action, reason: reasonOf(object, action) });
  }
  const possible = withoutMissingTargets(candidates, withheld);
  if (!selection) return { chosen: possible, withheld };
  return selected(possible, selection, withheld);
}

/** What refers to an object that is kept back and does not live would only be refused: it waits as well. */
function withoutMissingTargets(candidates: Choice[], withheld: Withheld[]): Choice[] {
  const missing = new Set(withheld.filter(({ action }) => action === 'create').map(objectKey));
  let rest = candidates;
  for (let again = missing.size > 0; again;) {
    again = false;
    rest = rest.filter(({ object, action }) => {
      const target = object.desired && referencesOf(object.desired.object).find((reference) => missing.has(`${reference.toKind}/${reference.toName}`));
      if (!target) return true;
      withheld.push({ kind: object.kind, name: object.name, action, reason: 'WaitsForWithheld', message: `${target.field} names ${target.toKind} ${target.toName}, which is kept back.` });
      if (action === 'create') again = Boolean(missing.add(objectKey(object)));
      return false;
    });
  }
  return rest;
}

/** The chosen objects, and what they refer to and does not live yet. */
function selected(candidates: Choice[], selection: ObjectRef[], withheld: Withheld[]): { chosen: Choice[]; withheld: Withheld[] } {
  const byKey = new Map(candidates.map((choice) => [objectKey(choice.object), choice]));
  const chosen = new Map<string, Choice>();
  const visit = (key: string, neededBy: PlanObject | null): void => {
    const choice = byKey.get(key);
    if (!choice || chosen.has(key) || (neededBy && choice.action !== 'create')) return;
    chosen.set(key, neededBy ? { ...choice, reason: `needed by ${neededBy.kind} ${neededBy.name}` } : choice);
    const references = choice.object.desired ? referencesOf(choice.object.desired.object) : [];
    for (const { toKind, toName } of references) visit(`${toKind}/${toName}`, choice.object);
  };
  for (const ref of selection) visit(objectKey(ref), null);
  const rest = candidates.filter(({ object }) => !chosen.has(objectKey(object))).map(({ object, action }): Withheld =>
    ({ kind: object.kind, name: object.name, action, reason: 'NotSelected', message: 'It is not among the chosen objects.' }));
  return { chosen: [...chosen.values()], withheld: [...withheld, ...rest] };
}

function reasonOf(object: PlanObject, action: Withheld['action']): string {
  if (action === 'create') return 'in Git, not in the cluster';
  if (action === 'delete') return 'no longer in Git';
  if (object.baseHash === null) return 'managed by Heddle from now on';
  return object.live?.hash === object.desired?.hash ? 'equal already; recorded as applied' : 'differs from Git';
}

function assemble(type: Plan['type'], chosen: Choice[], withheld: Withheld[], versions: PlanVersions): Plan {
  const order = orderSteps(chosen.map(({ object, action }): StepToOrder => ({
    id: objectKey(object), kind: object.kind, name: object.name,
    ...(action !== 'delete' && object.desired && { wanted: object.desired.object }),
    ...(object.live && { current: object.live.object }),
  })));
  const byKey = new Map(chosen.map((choice) => [objectKey(choice.object), choice]));
  const idOf = (key: string): string => stepId(byKey.get(key) as Choice);
  const steps = order.steps.flatMap(({ id, after }) => stepsOf(byKey.get(id) as Choice, after.map(idOf), type));
  const waiting = order.cyclic.map((key) => byKey.get(key) as Choice).map(({ object, action }): Withheld =>
    ({ kind: object.kind, name: object.name, action, reason: 'OrderCycle', message: 'It waits for an object that waits for it.' }));
  const kept = [...withheld, ...waiting].toSorted((a, b) => (objectKey(a) < objectKey(b) ? -1 : 1));
  const findings = [...order.findings];
  return { type, hash: contentHash({ type, versions, steps, withheld: kept }), steps, withheld: kept, findings, counts: countsOf(steps) };
}

function stepsOf({ object, action, reason }: Choice, dependsOn: string[], type: Plan['type']): PlannedStep[] {
  const { kind, name, live, desired } = object;
  const seen = live ? { uid: live.uid, resourceVersion: live.resourceVersion } : {};
  const step: PlannedStep = {
    stepId: stepId({ object, action, reason }), action: type === 'revert' && live ? 'revert' : action, kind, name, dependsOn, reason,
    changes: changesOf(object, action), preconditions: seen,
    rawHash: action === 'delete' ? null : (desired?.rawHash ?? null), desiredHash: action === 'delete' ? null : (desired?.hash ?? null),
    fromManagers: [], force: type === 'revert' && live !== null,
  };
  if (action !== 'update' || object.baseHash !== null || !live || live.foreignManagers.length === 0) return [step];
  const ownership: PlannedStep = {
    ...step, stepId: `take_ownership/${kind}/${name}`, action: 'take_ownership', changes: [], rawHash: null, desiredHash: null,
    reason: `takes over the fields of ${live.foreignManagers.join(', ')}`, fromManagers: live.foreignManagers, force: false,
  };
  // Taking ownership moves the resourceVersion: the write after it is guarded by the uid alone.
  return [ownership, { ...step, dependsOn: [...dependsOn, ownership.stepId].toSorted(), preconditions: { uid: live.uid } }];
}

function changesOf({ desired, live }: PlanObject, action: Withheld['action']): FieldChange[] {
  if (action === 'delete') return [];
  return diffNormalised(live?.object, desired?.object);
}

function stepId({ object, action }: Choice): string {
  return `${action}/${object.kind}/${object.name}`;
}

function countsOf(steps: PlannedStep[]): Plan['counts'] {
  const count = (...actions: string[]): number => steps.filter(({ action }) => actions.includes(action)).length;
  return { create: count('create'), update: count('update', 'revert'), delete: count('delete') };
}
