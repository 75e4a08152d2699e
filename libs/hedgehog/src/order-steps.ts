import type { Finding } from '@heddle/contracts';
import { claimsClash } from './claim.ts';
import { claimsOf } from './claims-of.ts';
import { descriptorOf } from './kinds/kinds.ts';
import { listed } from './listed.ts';
import { referencesOf } from './references-of.ts';
import type { NormalisedObject } from './resource-object.ts';

/** A change to one object, as far as the order needs to know it. */
export interface StepToOrder {
  /** The caller's id of the step. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  /** What the object becomes; absent for a delete. */
  readonly wanted?: NormalisedObject;
  /** What the object is now; absent for a create. */
  readonly current?: NormalisedObject;
}

/** A step with its place. */
export interface OrderedStep {
  readonly id: string;
  /** Ids of the steps that must be done before; sorted. */
  readonly after: readonly string[];
}

export interface StepOrder {
  /** In an order in which everything comes after what it waits for; steps on a cycle and what waits for them are not in it. */
  readonly steps: readonly OrderedStep[];
  /** Ids of the steps that wait for each other. */
  readonly cyclic: readonly string[];
  /** Steps that are on no cycle and wait, directly or not, for one; `by` is what they wait for. */
  readonly blocked: readonly { readonly id: string; readonly by: string }[];
  readonly findings: readonly Finding[];
}

/** Place of a kind in the order of applying, from 0; kinds that Heddle does not know come last. */
export function rankOf(kind: string): number {
  return descriptorOf(kind)?.rank ?? Number.MAX_SAFE_INTEGER;
}

/**
 * Orders the steps of a plan:
 * what is made or changed comes after what it names;
 * what is deleted comes after everything that names it now and is deleted or lets go of it;
 * what is made again (a delete and a create of one object) is made after its delete;
 * what takes an address, VLAN or port comes after the step that gives it up.
 * Ties are broken by rank (deletes last and in reverse) and by kind and name, so that one plan has one order.
 */
export function orderSteps(given: readonly StepToOrder[]): StepOrder {
  const steps = given.toSorted(byRank);
  const after = dependenciesOf(steps);
  const waitsFor = (step: StepToOrder): string[] => [...(after.get(step.id) ?? [])];
  const done = new Set<string>();
  const ordered: OrderedStep[] = [];
  let waiting = steps;
  for (;;) {
    const ready = waiting.filter((step) => waitsFor(step).every((id) => done.has(id)));
    if (ready.length === 0) break;
    for (const step of ready) {
      done.add(step.id);
      ordered.push({ id: step.id, after: waitsFor(step).toSorted() });
    }
    waiting = waiting.filter((step) => !done.has(step.id));
  }
  const members = waiting.length > 0 ? cycleMembers(waiting, waitsFor) : [];
  const onCycle = new Set(members.map(({ id }) => id));
  const left = new Set(waiting.map(({ id }) => id));
  return {
    steps: ordered, cyclic: members.map(({ id }) => id), findings: members.length > 0 ? [cycleFinding(members)] : [],
    blocked: waiting.filter(({ id }) => !onCycle.has(id)).map((step) => ({ id: step.id, by: waitsFor(step).toSorted().find((id) => left.has(id)) as string })),
  };
}

/** Of steps that can't be ordered, those that others of them wait for: what is left over merely waits for a cycle. */
function cycleMembers(steps: readonly StepToOrder[], waitsFor: (step: StepToOrder) => string[]): StepToOrder[] {
  let left = steps;
  for (;;) {
    const awaited = new Set(left.flatMap(waitsFor));
    const kept = left.filter(({ id }) => awaited.has(id));
    if (kept.length === left.length) return kept;
    left = kept;
  }
}

/** Which steps each step must wait for, by id. */
export function dependenciesOf(steps: readonly StepToOrder[]): Map<string, Set<string>> {
  const byObject = Map.groupBy(steps, (step) => objectKey(step.kind, step.name));
  const after = new Map(steps.map((step) => [step.id, new Set<string>()]));
  const wait = (step: StepToOrder, forStep: StepToOrder): void => {
    if (step !== forStep) after.get(step.id)?.add(forStep.id);
  };
  for (const step of steps) {
    for (const target of targets(step.wanted, byObject)) if (target.wanted) wait(step, target);
    const kept = new Set(step.wanted && referencesOf(step.wanted).map(({ toKind, toName }) => objectKey(toKind, toName)));
    for (const target of targets(step.current, byObject)) {
      // What goes on naming an object that is made again lets it go at no time: it can only follow.
      const isMadeAgain = (byObject.get(objectKey(target.kind, target.name)) as StepToOrder[]).length > 1;
      if (!target.wanted && !(isMadeAgain && kept.has(objectKey(target.kind, target.name)))) wait(target, step);
    }
  }
  for (const ofOne of byObject.values()) for (const made of ofOne) if (!made.current) for (const deleted of ofOne) if (!deleted.wanted) wait(made, deleted);
  waitForClaims(steps, wait);
  return after;
}

function targets(object: NormalisedObject | undefined, byObject: ReadonlyMap<string, readonly StepToOrder[]>): StepToOrder[] {
  if (!object) return [];
  return referencesOf(object).flatMap((reference) => byObject.get(objectKey(reference.toKind, reference.toName)) ?? []);
}

/** A claim that one step gives up and another takes puts the taker after the giver. */
function waitForClaims(steps: readonly StepToOrder[], wait: (step: StepToOrder, forStep: StepToOrder) => void): void {
  const given = new Map<string, { step: StepToOrder; claim: ReturnType<typeof claimsOf>[number] }[]>();
  for (const step of steps) {
    if (!step.current) continue;
    const kept = step.wanted ? claimsOf(step.wanted) : [];
    for (const claim of claimsOf(step.current)) {
      if (kept.some((other) => claimsClash(claim, other))) continue;
      const list = given.get(claim.space);
      if (list) list.push({ step, claim });
      else given.set(claim.space, [{ step, claim }]);
    }
  }
  if (given.size === 0) return;
  for (const step of steps) {
    for (const claim of step.wanted ? claimsOf(step.wanted) : []) {
      for (const giver of given.get(claim.space) ?? []) if (claimsClash(claim, giver.claim)) wait(step, giver.step);
    }
  }
}

function objectKey(kind: string, name: string): string {
  return `${kind}/${name}`;
}

function byRank(a: StepToOrder, b: StepToOrder): number {
  const deletes = Number(!a.wanted) - Number(!b.wanted);
  const ranks = a.wanted ? rankOf(a.kind) - rankOf(b.kind) : rankOf(b.kind) - rankOf(a.kind);
  return deletes || ranks || a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name);
}

function cycleFinding(steps: readonly StepToOrder[]): Finding {
  // What is made again has two steps and is one object.
  const names = [...new Set(steps.map((step) => `${step.kind} ${step.name}`))];
  return {
    rule: 'order-cycle',
    severity: 'error',
    message: `These objects wait for each other: ${listed(names)}`,
    remedy: 'Change one of them first, in a commit of its own, so that the others no longer wait for it',
    kind: steps[0]?.kind,
    name: steps[0]?.name,
  };
}
