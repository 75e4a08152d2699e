import type { PlannedStep } from '../plans/plan-sync.ts';
import type { DryRunRow } from '../dry-runs/dry-run.service.ts';
import { type FadingVpc, whatFades } from '../plans/vni-pause.ts';
import type { StepState } from '../state/step-machine.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import type { OperationEntity } from './operation.entity.ts';

/** Why a step is not sent yet, in the words that people are shown. */
export interface Hold {
  /** CamelCase. */
  reason: string;
  /** What is waited for. */
  for: string;
  since: Date;
  /** When it ends by itself; null: when somebody acts. */
  until: Date | null;
  /** Who has to move; null: time alone. */
  owner: string | null;
  remedy: string | null;
  /** What the step is given up with at `until`; absent: it goes then. */
  givenUp?: { reason: string; message: string };
}

/** What gates decide on. A new gate brings its facts along as one more field, read in `gate-facts.ts`. */
export interface GateFacts {
  now: Date;
  fabric: Pick<FabricEntity, 'name' | 'state'>;
  operation: Pick<OperationEntity, 'id' | 'number' | 'trigger' | 'createdAt'> & { startedAt?: Date | null };
  /** Deleted VPCs that Agents still carry, or that this operation still has to delete; absent where no VPC is made. */
  vpcs?: { fading: readonly FadingVpc[]; pauseSeconds: number };
  /** What the API server was asked before the first write; absent: nothing is asked. */
  dryRun?: Pick<DryRunRow, 'state' | 'results' | 'createdAt' | 'until'> & { message: string };
}

export type GatedStep = Pick<PlannedStep, 'stepId' | 'action' | 'kind' | 'name' | 'dependsOn'>;

/** Says what a step has to wait for before it is sent, or null. Pure. */
export type Gate = (facts: GateFacts, step: GatedStep) => Hold | null;

/** In the order in which they are asked: the first that holds is the one that is shown. */
export const GATES: readonly Gate[] = [suspended, dryRunFirst, vniPaused];

/** Whether a step may be sent to the cluster now; if not, what it waits for. */
export function mayDispatch(facts: GateFacts, step: GatedStep, gates: readonly Gate[] = GATES): Hold | null {
  for (const gate of gates) {
    const hold = gate(facts, step);
    if (hold) return hold;
  }
  return null;
}

/** Maintenance and decommissioning end operations; what one of them still has is never sent. */
function suspended({ fabric, operation }: GateFacts): Hold | null {
  if (fabric.state === 'active' || fabric.state === 'planned') return null;
  return {
    reason: fabric.state === 'maintenance' ? 'Maintenance' : 'Decommissioned', for: `the fabric ${fabric.name} to be active; it is in ${fabric.state}`, since: operation.createdAt, until: null,
    owner: 'a person', remedy: fabric.state === 'maintenance' ? 'End the maintenance.' : 'Nothing is sent to a decommissioned fabric.',
  };
}

/** Nothing is written before the API server has taken all that it could be asked about. */
function dryRunFirst({ dryRun }: GateFacts, { stepId }: GatedStep): Hold | null {
  if (!dryRun || dryRun.state === 'passed') return null;
  const { state, results, message, createdAt, until } = dryRun;
  const own = results[stepId];
  const others = { reason: state === 'refused' ? 'DependencyFailed' : 'DryRunFailed', message: state === 'running' ? 'The API server did not answer the dry run in time; nothing was written.' : `Nothing was written. ${message}` };
  return {
    reason: 'DryRun', for: 'the API server to answer the dry run', since: createdAt, until: state === 'running' ? until : createdAt, owner: null, remedy: null,
    givenUp: own?.state === 'refused' ? { reason: 'DryRunRefused', message: own.message } : others,
  };
}

/** The pause before a VNI is used again. */
function vniPaused({ vpcs, operation, now }: GateFacts, { kind, action }: GatedStep): Hold | null {
  if (kind !== 'VPC' || action !== 'create' || !vpcs || vpcs.fading.length === 0 || vpcs.pauseSeconds === 0) return null;
  const since = operation.startedAt ?? now;
  const what = whatFades(vpcs.fading);
  return {
    reason: 'VniPause', for: what, since, until: new Date(since.getTime() + vpcs.pauseSeconds * 1_000), owner: 'the Agents of the switches',
    remedy: 'Look why these Agents do not apply the delete. Where a switch is gone for good, set the pause of the fabric (vniPauseSeconds) to 0.',
    givenUp: { reason: 'AgentsKeepVpc', message: `After ${vpcs.pauseSeconds} s it still waited for ${what}: a VPC made now could be given the same VNI.` },
  };
}

/** What becomes of the steps that are not sent yet. */
export interface Parts<Step extends GatedStep> {
  /** May go now. */
  free: Step[];
  /** A gate holds it, or something that it depends on. */
  held: { step: Step; hold: Hold }[];
  /** Something that it depends on, directly or not, failed. `by` is what is directly before it. */
  blocked: { step: Step; by: string }[];
}

/**
 * The largest part of the graph that no gate holds back, and what is left. A step goes once all before it went: that it
 * waits for their end is k8s-sync's work. Pure: the order of the steps does not matter.
 * @param states of all steps of the operation, by id; those that are `planned` are sorted, the others are past it
 */
export function partsOf<Step extends GatedStep>(steps: readonly Step[], states: ReadonlyMap<string, StepState>, facts: GateFacts, gates: readonly Gate[] = GATES): Parts<Step> {
  const byId = new Map(steps.map((step) => [step.stepId, step]));
  const fates = new Map<string, Fate>();
  const fateOf = (stepId: string): Fate => {
    const known = fates.get(stepId);
    if (known) return known;
    // A circle never comes out of the planner; it must not become an endless one here.
    fates.set(stepId, { type: 'free' });
    const step = byId.get(stepId);
    const state = states.get(stepId) ?? 'planned';
    const fate = !step || state !== 'planned' ? pastFate(state) : plannedFate(step, facts, gates, fateOf, byId);
    fates.set(stepId, fate);
    return fate;
  };
  const parts: Parts<Step> = { free: [], held: [], blocked: [] };
  for (const step of steps) {
    if ((states.get(step.stepId) ?? 'planned') !== 'planned') continue;
    const fate = fateOf(step.stepId);
    if (fate.type === 'free') parts.free.push(step);
    else if (fate.type === 'held') parts.held.push({ step, hold: fate.hold });
    else parts.blocked.push({ step, by: fate.by });
  }
  return parts;
}

type Fate = { type: 'free' } | { type: 'held'; hold: Hold } | { type: 'blocked'; by: string };

function pastFate(state: StepState): Fate {
  return state === 'stalled' || state === 'not_started' ? { type: 'blocked', by: '' } : { type: 'free' };
}

function plannedFate(step: GatedStep, facts: GateFacts, gates: readonly Gate[], fateOf: (stepId: string) => Fate, byId: ReadonlyMap<string, GatedStep>): Fate {
  const before = step.dependsOn.map((stepId) => ({ stepId, fate: fateOf(stepId) }));
  const failed = before.find(({ fate }) => fate.type === 'blocked');
  if (failed) return { type: 'blocked', by: failed.stepId };
  const hold = mayDispatch(facts, step, gates);
  if (hold) return { type: 'held', hold };
  for (const { stepId, fate } of before) if (fate.type === 'held') return { type: 'held', hold: behind(byId.get(stepId), stepId, fate.hold) };
  return { type: 'free' };
}

/** A step that waits for a held one waits for the same end. */
function behind(step: GatedStep | undefined, stepId: string, { since, until, owner, remedy, for: cause }: Hold): Hold {
  const name = step ? `${step.action} ${step.kind} ${step.name}` : stepId;
  return { reason: 'Dependency', for: cause.startsWith('step ') ? cause : `step ${name}, which waits for ${cause}`, since, until, owner, remedy };
}
