import { descriptorOf } from '../kinds/kinds.ts';
import type { NormalisedObject } from '../resource-object.ts';
import type { AgentView } from './agent-view.ts';
import { carries } from './carries.ts';

/** An Agent whose last heartbeat is older says nothing about its switch any more. */
export const HEARTBEAT_FRESH_MS = 60_000;

/** An attempt that took longer has failed: applying a configuration takes a switch seconds to a minute. */
export const ATTEMPT_LIMIT_MS = 300_000;

/** What is asked about an object. */
export interface ConvergenceQuestion {
  readonly object: NormalisedObject;
  /** The object has been deleted: it has converged when no agent carries it any more. */
  readonly deleted?: boolean;
  /**
   * Names of the switches or gateways that must carry it: `concernedSwitches`. For a deleted object those that had to
   * carry it before: they count as done only when they have applied being told to drop it.
   */
  readonly concerned: readonly string[];
  /** All Agents and GatewayAgents of the fabric. */
  readonly agents: Iterable<AgentView>;
  readonly now: Date;
  /**
   * By agent name, the generation at which the agent was first seen to carry the object as it is. With it an agent that
   * has applied that generation counts although it is told newer things meanwhile. Default: the current generation.
   */
  readonly carriedSince?: ReadonlyMap<string, number>;
}

/** Whether the switches have an object. */
export interface Convergence {
  /** `unknown`: nothing can be said, which is never healthy. `failed`: a switch tried and did not manage. */
  readonly state: 'converged' | 'pending' | 'failed' | 'unknown';
  readonly reason: ConvergenceReason;
  readonly message: string;
  /** Switches or gateways that are waited for, sorted. */
  readonly waitingFor: readonly string[];
  /** When the last of the concerned switches applied it; only if converged and known. */
  readonly since?: Date;
}

/** CamelCase reasons as conditions have them. */
export type ConvergenceReason =
  | 'OnAllSwitches'
  | 'GoneFromAllSwitches'
  | 'NotOnAnySwitch'
  | 'NotCarriedByAgents'
  | 'SwitchesUnknown'
  | 'AgentMissing'
  | 'HeartbeatStale'
  | 'WaitingForController'
  | 'WaitingForSwitch'
  | 'ApplyFailed';

/** What stands in the way of one switch, the worst first: the first that holds anywhere is told. */
const VERDICTS: readonly { reason: Exclude<Verdict, 'done'>; state: Convergence['state']; message: string }[] = [
  { reason: 'ApplyFailed', state: 'failed', message: 'Tried and not applied; look at the agent log of' },
  { reason: 'AgentMissing', state: 'unknown', message: 'There is no agent of' },
  { reason: 'HeartbeatStale', state: 'unknown', message: 'No heartbeat for over a minute from' },
  { reason: 'WaitingForController', state: 'pending', message: 'Hedgehog has not yet told' },
  { reason: 'WaitingForSwitch', state: 'pending', message: 'Told, and not yet applied by' },
];

/** Kinds that may stand in the API server without any switch having to know. */
const MAY_CONCERN_NONE = new Set(['VPC', 'VPCPeering', 'External', 'ExternalPeering', 'IPv4Namespace', 'VLANNamespace']);

/** Of one switch: `done`, or what it is waited for. */
export type Verdict = 'done' | 'ApplyFailed' | 'AgentMissing' | 'HeartbeatStale' | 'WaitingForController' | 'WaitingForSwitch';

/**
 * Says whether the switches have an object. It is on a switch when the switch's Agent embeds our normal form of it and
 * has applied the generation at which it does, with a fresh heartbeat. `lastAppliedGen == generation` alone also holds
 * before Hedgehog's controller has reacted to a change, so it proves nothing without the copy.
 */
export function convergenceOf(question: ConvergenceQuestion): Convergence {
  const { object, deleted = false } = question;
  const agents = agentsToAsk(question);
  if (!agents) return answer('unknown', 'NotCarriedByAgents', `Agents embed no ${object.kind}: the switches can't be asked`);
  const verdicts = verdictsOn(question, agents);
  return verdicts.size === 0 ? nothingConcerned(object.kind, deleted) : summary(verdicts, agents, deleted);
}

/** The Agents by name that embed objects of the kind; undefined where none do. */
export function agentsToAsk({ object, agents }: ConvergenceQuestion): Map<string, AgentView> | undefined {
  const carriedBy = descriptorOf(object.kind)?.carriedBy;
  return carriedBy && new Map([...agents].filter((agent) => agent.kind === carriedBy.agentKind).map((agent) => [agent.name, agent]));
}

/** What stands in the way on each switch that must carry the object, carries another version of it, or has to drop it. */
export function verdictsOn(question: ConvergenceQuestion, agents: ReadonlyMap<string, AgentView>): Map<string, Verdict> {
  const { object, deleted = false, concerned } = question;
  const verdicts = new Map<string, Verdict>();
  if (!deleted) for (const name of concerned) verdicts.set(name, verdictOn(agents.get(name), name, question));
  for (const [name, agent] of agents) {
    const carried = carries(agent, object);
    const relevant = deleted ? carried === 'yes' || carried === 'other' || concerned.includes(name) : carried === 'other';
    if (relevant && !verdicts.has(name)) verdicts.set(name, verdictOn(agent, name, question));
  }
  return verdicts;
}

function verdictOn(agent: AgentView | undefined, name: string, question: ConvergenceQuestion): Verdict {
  if (!agent) return 'AgentMissing';
  const carried = carries(agent, question.object);
  if (question.deleted ? carried !== 'no' : carried !== 'yes') return fresh(agent, question.now) ? 'WaitingForController' : 'HeartbeatStale';
  const wanted = wantedGeneration(agent, question);
  if (!fresh(agent, question.now)) return 'HeartbeatStale';
  if ((agent.lastAppliedGen ?? 0) >= wanted) return 'done';
  const triedFor = agent.lastAttemptTime ? question.now.getTime() - agent.lastAttemptTime.getTime() : 0;
  return (agent.lastAttemptGen ?? 0) >= wanted && triedFor > ATTEMPT_LIMIT_MS ? 'ApplyFailed' : 'WaitingForSwitch';
}

/** The generation that a switch has to apply for the object to be on it: the first at which its Agent was seen to carry it, at most the present one. */
export function wantedGeneration(agent: AgentView, { carriedSince }: ConvergenceQuestion): number {
  return Math.min(carriedSince?.get(agent.name) ?? agent.generation, agent.generation);
}

/** Whether an agent's heartbeat is of now. One from the future, by a clock that runs ahead, would be so for long after its agent died: it counts as little as an old one. */
export function isFresh(heartbeat: Date, now: Date): boolean {
  return Math.abs(now.getTime() - heartbeat.getTime()) < HEARTBEAT_FRESH_MS;
}

function fresh(agent: AgentView, now: Date): boolean {
  return agent.lastHeartbeat !== undefined && isFresh(agent.lastHeartbeat, now);
}

function nothingConcerned(kind: string, deleted: boolean): Convergence {
  if (deleted) return answer('converged', 'GoneFromAllSwitches', 'No switch carries it any more');
  if (MAY_CONCERN_NONE.has(kind)) return answer('converged', 'NotOnAnySwitch', 'Nothing puts it on a switch: it concerns none');
  return answer('unknown', 'SwitchesUnknown', 'The switches that it concerns are not known: what it names is missing');
}

function summary(verdicts: ReadonlyMap<string, Verdict>, agents: ReadonlyMap<string, AgentView>, deleted: boolean): Convergence {
  for (const { reason, state, message } of VERDICTS) {
    const names = [...verdicts].filter(([, verdict]) => verdict === reason).map(([name]) => name).toSorted();
    if (names.length === 0) continue;
    const waitingFor = [...verdicts].filter(([, verdict]) => verdict !== 'done').map(([name]) => name).toSorted();
    return { ...answer(state, reason, `${message}: ${names.join(', ')}`), waitingFor };
  }
  const times = [...verdicts.keys()].map((name) => agents.get(name)?.lastAppliedTime?.getTime() ?? Number.NaN);
  const since = times.some(Number.isNaN) ? {} : { since: new Date(Math.max(...times)) };
  const done = deleted
    ? answer('converged', 'GoneFromAllSwitches', 'No switch carries it any more')
    : answer('converged', 'OnAllSwitches', `On ${[...verdicts.keys()].toSorted().join(', ')}`);
  return { ...done, ...since };
}

function answer(state: Convergence['state'], reason: ConvergenceReason, message: string): Convergence {
  return { state, reason, message, waitingFor: [] };
}
