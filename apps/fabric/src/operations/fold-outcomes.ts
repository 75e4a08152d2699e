import type { MessageData, Outcome, Wait } from '@heddle/contracts';
import { stepMachine } from '../state/step-machine.ts';
import { causeOf } from './causes.ts';
import type { StepRow } from './step-store.ts';

type Given = MessageData<'steps.finished'>['outcomes'][number];

/** A step after the outcomes that were told of it. */
export interface Folded {
  before: StepRow;
  after: Pick<StepRow, 'stepId' | 'state' | 'reason' | 'message' | 'remedy' | 'changed'> & { at: string; wait: Wait | null };
  /** The live object that a write was answered with; null: none was told. */
  live: Record<string, unknown> | null;
  isFinal: boolean;
}

/**
 * What outcomes come to, in whatever order they arrive: only those of known steps and attempts count, a final outcome
 * is never taken back, of two that are not the later one counts, and the same one twice is one.
 */
export function foldOutcomes(steps: readonly StepRow[], outcomes: readonly Given[]): Folded[] {
  const known = new Map(steps.map((step) => [step.stepId, step]));
  const folded = new Map<string, Folded>();
  for (const given of outcomes) {
    const before = known.get(given.stepId);
    if (!before || before.attempt !== given.attempt) continue;
    const last = folded.get(given.stepId);
    const state = last?.after.state ?? before.state;
    const lastAt = last?.after.at ?? before.at?.toISOString();
    const isFinal = isFinalOutcome(given.outcome);
    if (!stepMachine.allows(state, given.outcome.type) || (!isFinal && lastAt !== undefined && given.at < lastAt)) continue;
    const told = described(given.outcome);
    if (given.at === lastAt && told.state === state && told.message === (last?.after ?? before).message) continue;
    folded.set(given.stepId, { before, after: { stepId: given.stepId, at: given.at, ...told, wait: waitOf(given, last?.after ?? before) }, live: given.outcome.type === 'done' ? given.outcome.live : null, isFinal });
  }
  return [...folded.values()];
}

/** Since when: from the first of the tries that failed for this reason. */
function waitOf({ outcome, at }: Given, before: Pick<StepRow, 'wait'>): Wait | null {
  if (outcome.type === 'waiting') return { reason: 'Finalizers', for: outcome.on, since: outcome.since, until: null, try: 1, owner: outcome.on, remedy: causeOf('FinalizersRemain')!.remedy };
  if (outcome.type !== 'retry') return null;
  const since = before.wait?.reason === outcome.reason ? before.wait.since : at;
  return { reason: outcome.reason, for: outcome.message, since, until: outcome.at, try: outcome.try + 1, owner: 'k8s-sync', remedy: causeOf(outcome.reason)?.remedy ?? null };
}

function isFinalOutcome({ type }: Outcome): boolean {
  return type === 'done' || type === 'stalled' || type === 'not_started';
}

function described(outcome: Outcome): Pick<StepRow, 'state' | 'reason' | 'message' | 'remedy' | 'changed'> {
  switch (outcome.type) {
    case 'done': return { state: 'done', reason: outcome.changed ? 'Done' : 'Unchanged', message: '', remedy: null, changed: outcome.changed };
    case 'waiting': return { state: 'waiting', reason: 'Waiting', message: `Waits for ${outcome.on}.`, remedy: null, changed: null };
    case 'retry': return { state: 'retry', reason: outcome.reason, message: `${outcome.message} Try ${outcome.try + 1} at ${outcome.at}.`, remedy: null, changed: null };
    case 'stalled': return { state: 'stalled', reason: outcome.reason, message: outcome.message, remedy: outcome.remedy, changed: null };
    case 'not_started': return { state: 'not_started', reason: outcome.reason, message: outcome.message, remedy: null, changed: null };
    default: return outcome satisfies never;
  }
}
