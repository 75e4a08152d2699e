import type { AgentFacts, Touched } from './agent-facts.ts';
import { AGENT_RULES } from './agent-rules.ts';
import type { HealthHit, HealthRule } from './health-rule.ts';
import { PORT_RULES } from './port-rules.ts';

/** All rules about what switches and gateways say of themselves. */
export const HEALTH_RULES: readonly HealthRule[] = [...AGENT_RULES, ...PORT_RULES];

/** Rules of a device that gives no sign of life. */
export const SILENT_RULES: ReadonlySet<string> = new Set(['agent-heartbeat-lost', 'gateway-heartbeat-lost', 'agent-never-heard', 'gateway-never-heard']);

/** A rule that an Agent breaks, and where. */
export interface HealthProblem extends HealthHit {
  readonly rule: HealthRule;
  /** The switch or gateway first, then what else is touched; each once. */
  readonly touches: readonly Touched[];
}

/** What is wrong with one switch or gateway. */
export interface AgentHealth {
  readonly problems: readonly HealthProblem[];
  /** Its heartbeat is lost: of all else that it said before nothing is known any more, neither that it holds nor that it is over. */
  readonly silent: boolean;
}

/** Applies the rules of its kind to an Agent. Of a silent one just its silence is told. */
export function checkAgent(facts: AgentFacts, now: Date): AgentHealth {
  const self: Touched = { kind: facts.kind === 'Agent' ? 'Switch' : 'Gateway', name: facts.name };
  const problems = HEALTH_RULES.filter(({ agentKind }) => agentKind === facts.kind)
    .flatMap((rule) => rule.check(facts, now).map((hit) => ({ ...hit, rule, touches: distinct([self, ...hit.touches ?? []]) })));
  const silent = problems.filter(({ rule }) => SILENT_RULES.has(rule.id));
  return silent.length > 0 ? { problems: silent, silent: true } : { problems, silent: false };
}

function distinct(touched: readonly Touched[]): Touched[] {
  return [...new Map(touched.map((each) => [`${each.kind}/${each.name}`, each])).values()];
}
