import type { Outcome, StepDryRun } from '@heddle/contracts';

/** By step. */
export type DryRunResults = Record<string, StepDryRun>;

export type DryRunState = 'running' | 'passed' | 'refused' | 'failed';

/** Marks the ids of steps that only ask: they share the operation of those that write. */
const PREFIX = 'dry-run/';

export function dryRunStepId(stepId: string): string {
  return PREFIX + stepId;
}

/** The step that is asked about, or null for one that writes. */
export function askedStepId(stepId: string): string | null {
  return stepId.startsWith(PREFIX) ? stepId.slice(PREFIX.length) : null;
}

/**
 * What can be asked before anything is written: steps that depend on no other. The API server would refuse the rest for
 * what the plan has yet to bring about, which says nothing about them.
 */
export function beginDryRun(steps: readonly { stepId: string; dependsOn: readonly string[] }[]): DryRunResults {
  return Object.fromEntries(steps.map(({ stepId, dependsOn }): [string, StepDryRun] => [stepId, dependsOn.length === 0
    ? { state: 'running', message: '' }
    : { state: 'not_possible', message: `depends on ${dependsOn.slice(0, 3).join(', ')}${dependsOn.length > 3 ? ` and ${dependsOn.length - 3} more` : ''}` }]));
}

/** The results with these outcomes, by the id of the step that is asked about. The first final one of a step counts. */
export function foldDryRun(results: DryRunResults, outcomes: readonly { stepId: string; outcome: Outcome }[]): DryRunResults {
  const folded = { ...results };
  for (const { stepId, outcome } of outcomes) {
    const result = resultOf(outcome);
    if (result && folded[stepId]?.state === 'running') folded[stepId] = result;
  }
  return folded;
}

function resultOf(outcome: Outcome): StepDryRun | null {
  switch (outcome.type) {
    case 'done': return { state: 'passed', message: outcome.changed ? '' : 'without change' };
    // What is unreachable, or was overtaken, was not refused.
    case 'stalled': return { state: COULD_NOT_ASK.has(outcome.reason) ? 'failed' : 'refused', message: `${outcome.reason}: ${outcome.message}` };
    case 'not_started': return { state: 'failed', message: `${outcome.reason}: ${outcome.message}` };
    case 'waiting': case 'retry': return null;
    default: return outcome satisfies never;
  }
}

const COULD_NOT_ASK = new Set(['ClusterUnreachable', 'WebhookUnavailable', 'Unauthorized', 'KindMissing']);

/** How the whole stands: one refusal refuses it; until the last answer it runs. */
export function dryRunState(results: DryRunResults): DryRunState {
  const states = new Set(Object.values(results).map(({ state }) => state));
  for (const state of ['running', 'refused', 'failed'] as const) if (states.has(state)) return state;
  return 'passed';
}

/** One sentence for people. */
export function dryRunMessage(state: DryRunState, results: DryRunResults): string {
  const all = Object.entries(results);
  const count = (wanted: StepDryRun['state']): number => all.filter(([, result]) => result.state === wanted).length;
  const first = all.find(([, result]) => result.state === state);
  const rest = count('not_possible') > 0 ? ` ${count('not_possible')} step(s) depend on others and can't be asked about before.` : '';
  switch (state) {
    case 'running': return `${count('running')} answer(s) are waited for.${rest}`;
    case 'passed': return `The API server takes ${count('passed')} step(s).${rest}`;
    case 'refused': case 'failed': return `${first ? `${first[0]}: ${first[1].message}` : ''}${rest}`;
    default: return state satisfies never;
  }
}
