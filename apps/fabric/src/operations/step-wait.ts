import type { ClusterConnection, Wait } from '@heddle/contracts';
import { causeOf } from './causes.ts';
import type { StepRow } from './step-store.ts';

/** An object that was written and is not on its switches, as the switches say. */
export interface SwitchWait {
  reason: string;
  message: string;
  since: Date;
  switches: string[];
}

/** What decides on the waits of an operation's steps, beside the steps. */
export interface WaitFacts {
  deadline: Date;
  connection: Pick<ClusterConnection, 'state' | 'reason' | 'message' | 'since' | 'breaker'>;
  /** Since when k8s-sync has not been heard of; null: it has. */
  workerSilentSince: Date | null;
  /** By step id. */
  onSwitches: ReadonlyMap<string, SwitchWait>;
}

const CLOSED: readonly string[] = ['done', 'stalled', 'not_started'];

/** What each step waits for that is not over and over with. Pure. */
export function stepWaits(steps: readonly StepRow[], facts: WaitFacts): Map<string, Wait> {
  const byId = new Map(steps.map((step) => [step.stepId, step]));
  const waits = new Map<string, Wait>();
  for (const step of steps) {
    const wait = waitOf(step, byId, facts);
    if (wait) waits.set(step.stepId, wait);
  }
  return waits;
}

function waitOf(step: StepRow, byId: ReadonlyMap<string, StepRow>, facts: WaitFacts): Wait | null {
  switch (step.state) {
    case 'planned': return step.wait;
    case 'sent': return sentWait(step, byId, facts);
    case 'retry': case 'waiting': return toldWait(step, facts);
    case 'done': return switchesWait(facts.onSwitches.get(step.stepId));
    case 'stalled': case 'not_started': return null;
    default: return step.state satisfies never;
  }
}

/** Handed to k8s-sync, which has said nothing of it: something before it, the way to the cluster, or its turn. */
function sentWait({ dependsOn, sentAt, at }: StepRow, byId: ReadonlyMap<string, StepRow>, facts: WaitFacts): Wait {
  const { deadline, connection, workerSilentSince } = facts;
  const since = (sentAt ?? at ?? deadline).toISOString();
  const open = dependsOn.map((id) => byId.get(id)).filter((step) => step !== undefined && !CLOSED.includes(step.state));
  const [first] = open;
  const away = awayWait(deadline, connection, workerSilentSince);
  if (first) {
    const more = open.length > 1 ? ` and ${open.length - 1} more` : '';
    const cause = away ?? rootCause(first, byId, facts);
    const why = cause && cause.reason !== 'InHand' ? `, which waits for ${cause.for}` : '';
    return { reason: 'Dependency', for: `step ${nameOf(first)}${more}${why}`, since, until: cause?.until ?? null, try: cause?.try ?? 1, owner: cause?.owner ?? `step ${first.stepId}`, remedy: cause?.remedy ?? null };
  }
  return away ?? { reason: 'InHand', for: 'the answer of the API server, or a free slot before it', since, until: deadline.toISOString(), try: 1, owner: 'k8s-sync', remedy: null };
}

/** What the first step of a chain waits for: those between say no more than that they are behind it. */
function rootCause(step: StepRow, byId: ReadonlyMap<string, StepRow>, facts: WaitFacts): Wait | null {
  let current = step;
  for (const seen = new Set<string>(); !seen.has(current.stepId);) {
    seen.add(current.stepId);
    const before: StepRow | undefined = current.state === 'sent' ? current.dependsOn.map((id) => byId.get(id)).find((one) => one !== undefined && !CLOSED.includes(one.state)) : undefined;
    if (!before) break;
    current = before;
  }
  return waitOf(current, new Map(), facts);
}

/** The cluster does not answer, or nobody is there to ask it. */
function awayWait(deadline: Date, connection: WaitFacts['connection'], workerSilentSince: Date | null): Wait | null {
  if (workerSilentSince) {
    return { reason: 'WorkerSilent', for: 'a process of k8s-sync to take it over', since: workerSilentSince.toISOString(), until: deadline.toISOString(), try: 1, owner: 'k8s-sync', remedy: 'See whether k8s-sync runs.' };
  }
  if (connection.state !== 'failed') return null;
  return {
    reason: 'ClusterUnreachable', for: `the cluster to answer (${connection.reason}): ${connection.message}`, since: connection.since, until: connection.breaker.nextTryAt ?? deadline.toISOString(), try: 1, owner: 'the API server',
    remedy: causeOf(connection.reason)?.remedy ?? causeOf('ClusterUnreachable')!.remedy,
  };
}

/** k8s-sync told when the next try is, or what keeps the object; what it said last holds until it says more. */
function toldWait({ state, reason, message, at, wait }: StepRow, { deadline, connection, workerSilentSince }: WaitFacts): Wait {
  const told = wait ?? { reason, for: message, since: (at ?? deadline).toISOString(), until: deadline.toISOString(), try: 1, owner: state === 'retry' ? 'k8s-sync' : null, remedy: causeOf(reason)?.remedy ?? null };
  const away = awayWait(deadline, connection, workerSilentSince);
  // While the breaker is open nothing is tried, whatever was said before.
  return away ? { ...away, since: told.since < away.since ? told.since : away.since, try: told.try } : { ...told, until: told.until ?? deadline.toISOString() };
}

function switchesWait(on: SwitchWait | undefined): Wait | null {
  if (!on) return null;
  return { reason: on.reason, for: on.message, since: on.since.toISOString(), until: null, try: 1, owner: on.switches.length > 0 ? on.switches.join(', ') : 'its switches', remedy: SWITCH_REMEDY[on.reason] ?? null };
}

/** What a person can do about switches that do not have an object, by the reason of its convergence. */
export const SWITCH_REMEDY: Readonly<Record<string, string>> = {
  ApplyFailed: 'Look at the log of the agent on the switch: it tried, and could not apply its configuration.',
  AgentMissing: 'See whether the switch is registered: the cluster has no Agent of it.',
  HeartbeatStale: 'See whether the switch is up and reaches the control node: its agent does not report.',
  WaitingForController: 'If it lasts for minutes, look at the log of the Hedgehog fabric controller.',
  WaitingForSwitch: 'If it lasts for minutes, look at the log of the agent on the switch.',
  SwitchesUnknown: 'Correct what the object names: the switches that it concerns are not known.',
};

function nameOf({ action, kind, name }: StepRow): string {
  return `${action} ${kind} ${name}`;
}

/** How grave a wait is as the one that is shown for a whole operation: what is behind another step says the least. */
const GRAVITY: readonly string[] = ['WorkerSilent', 'ClusterUnreachable'];

/** The wait that stands for all of them: the worker, the cluster, then the oldest that is not merely behind another step or in hand. */
export function firstWait(waits: Iterable<Wait>): Wait | null {
  const rank = ({ reason }: Wait): number => {
    const grave = GRAVITY.indexOf(reason);
    if (grave >= 0) return grave;
    return reason === 'InHand' ? GRAVITY.length + 2 : reason === 'Dependency' ? GRAVITY.length + 1 : GRAVITY.length;
  };
  return [...waits].toSorted((a, b) => rank(a) - rank(b) || (a.since < b.since ? -1 : a.since > b.since ? 1 : 0))[0] ?? null;
}
