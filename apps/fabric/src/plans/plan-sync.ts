import { contentHash } from '@heddle/hedgehog';
import type { Finding, ObjectRef, PlanGate, PlanStep } from '@heddle/contracts';
import { chooseChanges, type Choice } from './choose-changes.ts';
import { awaitsApproval, budgetReasons, waitingForApproval } from './delete-budget.ts';
import { objectKey, type PlanObject } from './plan-object.ts';
import { planSteps } from './plan-steps.ts';
import { type FadingVpc, vniPause } from './vni-pause.ts';
import { withDependants } from './with-dependants.ts';
import type { Withheld, WithholdingRules } from './withheld.ts';

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
  /** VPCs that are gone from the API server and that Agents still have to drop. */
  fading?: FadingVpc[];
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
  /** Names all steps, those that wait for an approval included. */
  hash: string;
  /** What may be done now. */
  steps: PlannedStep[];
  /** What waits for a second person: the deletes, all of them, and what comes after one. */
  held: PlannedStep[];
  /** Why a second person has to approve; empty: nobody has to. */
  approvalReasons: string[];
  gates: PlanGate[];
  withheld: Withheld[];
  findings: Finding[];
  counts: { create: number; update: number; delete: number };
}

/**
 * The plan that brings live to desired: a graph of steps with preconditions and reasons, and what is kept back and why.
 * Pure: the same input, in any order, gives the same plan and hash.
 */
export function planSync(input: PlanInput): Plan {
  const objects = input.objects.toSorted((a, b) => (objectKey(a) < objectKey(b) ? -1 : 1));
  const { chosen, withheld } = chooseChanges(objects, input.selection, input.rules);
  const plan = assemble('sync', chosen, withheld, input.versions, input.fading ?? []);
  const deletes = plan.steps.filter(({ action }) => action === 'delete');
  const reasons = deletes.length === 0 ? [] : budgetReasons(deletes, input.rules.budget, input.rules.inventoryTotal);
  return reasons.length === 0 ? plan : heldBack(plan, reasons);
}

/** The plan that puts desired objects back, by force where others hold their fields. */
export function planRevert(objects: PlanObject[], versions: PlanVersions, fading: FadingVpc[] = []): Plan {
  const chosen = objects.flatMap((object): Choice[] => object.desired
    ? [{ object, action: object.live ? 'update' : 'create', reason: object.live ? 'puts back what somebody changed in the cluster' : 'puts back what somebody deleted in the cluster' }]
    : []);
  return assemble('revert', chosen, [], versions, fading);
}

/** The plan with all its steps: a second person approved it. Its hash is the same. */
export function releaseHeld(plan: Plan): Plan {
  const withheld = plan.withheld.filter((item) => !awaitsApproval(item));
  // Nothing that may go now comes after what waited, so that this is an order as well.
  const steps = [...plan.steps, ...plan.held];
  return { ...plan, steps, held: [], withheld, counts: countsOf(steps) };
}

function heldBack(plan: Plan, reasons: string[]): Plan {
  const deletes = new Set(plan.steps.filter(({ action }) => action === 'delete').map(({ stepId }) => stepId));
  const waiting = withDependants(plan.steps, deletes);
  const held = plan.steps.filter(({ stepId }) => waiting.has(stepId));
  const steps = plan.steps.filter(({ stepId }) => !waiting.has(stepId));
  const withheld = [...plan.withheld, ...held.map((step) => waitingForApproval(step, reasons))];
  return { ...plan, steps, held, approvalReasons: reasons, withheld: inOrder(withheld), counts: countsOf(steps) };
}

function assemble(type: Plan['type'], chosen: Choice[], withheld: Withheld[], versions: PlanVersions, fading: readonly FadingVpc[]): Plan {
  const { steps, kept, findings } = planSteps(type, chosen);
  const all = inOrder([...withheld, ...kept]);
  const byKey = new Map(chosen.map(({ object }) => [objectKey(object), object]));
  const going = steps.filter(({ kind, action }) => kind === 'VPC' && action === 'delete').map((step): FadingVpc => ({ name: step.name, agents: byKey.get(objectKey(step))?.switches ?? [] }));
  const gates = vniPause(steps, [...fading, ...going]);
  return {
    type, hash: contentHash({ type, versions, steps, withheld: all }), steps, held: [], approvalReasons: [], gates, withheld: all, findings, counts: countsOf(steps),
  };
}

function inOrder(withheld: Withheld[]): Withheld[] {
  return withheld.toSorted((a, b) => (objectKey(a) < objectKey(b) ? -1 : 1));
}

function countsOf(steps: readonly PlannedStep[]): Plan['counts'] {
  const count = (...actions: string[]): number => steps.filter(({ action }) => actions.includes(action)).length;
  return { create: count('create'), update: count('update', 'revert'), delete: count('delete') };
}
