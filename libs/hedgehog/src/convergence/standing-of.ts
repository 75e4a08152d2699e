import { type AgentView, refusalOf } from './agent-view.ts';
import { type Carries, carries } from './carries.ts';
import { agentsToAsk, type ConvergenceQuestion, type Verdict, verdictsOn, wantedGeneration } from './convergence-of.ts';

/** How far one switch or gateway is with an object. */
export interface AgentStanding {
  readonly kind: AgentView['kind'];
  /** Name of the switch or gateway. */
  readonly name: string;
  /** It must carry the object for that to work; false: it carries another version, or has to drop it. */
  readonly concerned: boolean;
  /** What is waited for; `unknown` where Agents embed no objects of the kind: then nothing can be said. */
  readonly verdict: Verdict | 'unknown';
  readonly carries: Carries;
  /** Generation that it has to apply; null while its Agent does not carry the object as it is, or is missing. */
  readonly wantedGeneration: number | null;
  readonly appliedGeneration: number | null;
  /** Since its last sign of life, milliseconds; null before the first, and when its clock runs ahead. */
  readonly heartbeatAgeMs: number | null;
  /** What the switch says of a failed attempt. */
  readonly error: string | null;
}

/** The switches and gateways that an object concerns, one by one, sorted by name. They are what `convergenceOf` sums up. */
export function standingsOf(question: ConvergenceQuestion): AgentStanding[] {
  const asked = agentsToAsk(question);
  if (!asked) {
    const all = new Map([...question.agents].map((agent) => [agent.name, agent]));
    return question.concerned.map((name) => standing(name, all.get(name), 'unknown', question));
  }
  const names = [...verdictsOn(question, asked)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return names.map(([name, verdict]) => standing(name, asked.get(name), verdict, question));
}

function standing(name: string, agent: AgentView | undefined, verdict: AgentStanding['verdict'], question: ConvergenceQuestion): AgentStanding {
  const { object, deleted = false, concerned, now } = question;
  const carried = agent ? carries(agent, object) : 'unknown';
  const isTold = agent !== undefined && (deleted ? carried === 'no' : carried === 'yes');
  const age = agent?.lastHeartbeat ? now.getTime() - agent.lastHeartbeat.getTime() : -1;
  return {
    kind: agent?.kind ?? 'Agent', name, concerned: concerned.includes(name), verdict, carries: carried, wantedGeneration: isTold ? wantedGeneration(agent, question) : null,
    appliedGeneration: agent?.lastAppliedGen ?? null, heartbeatAgeMs: age >= 0 ? age : null, error: (agent && refusalOf(agent)?.message) ?? null,
  };
}
