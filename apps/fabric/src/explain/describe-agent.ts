import type { ExplainedAgent } from '@heddle/contracts';
import { ATTEMPT_LIMIT_MS, isFresh } from '@heddle/hedgehog';

/** What is stored of an Agent or GatewayAgent, as far as explanations need it. */
export interface AgentFacts {
  generation: number;
  appliedGeneration: number | null;
  attemptGeneration: number | null;
  attemptAt: Date | null;
  heartbeatAt: Date | null;
  /** What its condition `Applied` says while it is false. */
  refusal: string | null;
}

/** Why a switch does not have something yet, from its Agent. Pure. @param agent null: the cluster has none of it */
export function describeAgent(name: string, agent: AgentFacts | null, now: Date): ExplainedAgent {
  const told = { name, generation: agent?.generation ?? null, appliedGeneration: agent?.appliedGeneration ?? null, heartbeatAt: agent?.heartbeatAt?.toISOString() ?? null };
  if (!agent) return { ...told, state: 'missing', message: `${name}: the cluster has no Agent of it` };
  const { generation, appliedGeneration, attemptGeneration, attemptAt, heartbeatAt, refusal } = agent;
  if (!heartbeatAt || !isFresh(heartbeatAt, now)) return { ...told, state: 'silent', message: `${name}: no heartbeat ${heartbeatAt ? `since ${heartbeatAt.toISOString()}` : 'ever'}` };
  if ((appliedGeneration ?? 0) >= generation) return { ...told, state: 'untold', message: `${name}: Hedgehog has not passed the change on to it; generation ${generation} is applied` };
  const progress = `generation ${appliedGeneration ?? 'none'} of ${generation} is applied`;
  const tried = (attemptGeneration ?? 0) >= generation;
  if (tried && refusal) return { ...told, state: 'failed', message: `${name}: ${progress}; ${refusal}` };
  if (tried && attemptAt && now.getTime() - attemptAt.getTime() > ATTEMPT_LIMIT_MS) return { ...told, state: 'failed', message: `${name}: ${progress}; it has tried since ${attemptAt.toISOString()}` };
  return { ...told, state: 'behind', message: `${name}: ${progress}${tried ? ', and it tries' : ''}` };
}
