import { agentFacts, checkAgent } from '@heddle/hedgehog';
import { Clock } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type AgentRow, readAgents } from '../convergence/agent-store.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { readFreshness } from '../fabrics/freshness.ts';
import { type HeldProblem, holdProblems, keyOf } from './hold-problems.ts';
import { type AgentProblems, agentsWithDueProblems, readProblems, writeAgentFindings, writeProblems } from './problem-store.ts';

type AgentKind = 'Agent' | 'GatewayAgent';
type Seen = Pick<AgentRow, 'name' | 'generation' | 'body'>;

/** Makes findings of what switches and gateways tell of themselves, on the objects that it touches. */
@Injectable()
export class AgentHealthService {
  constructor(private readonly clock: Clock) {}

  /** The Agents as they are now; those that are gone have no problems any more. The fabric is locked by the caller. */
  async assess(tx: EntityManager, fabric: FabricEntity, kind: AgentKind, seen: readonly Seen[], gone: readonly string[] = []): Promise<void> {
    const now = this.clock.now();
    const before = await readProblems(tx, fabric.id, [...seen.map(({ name }) => name), ...gone].map((name) => `${kind}/${name}`));
    const after = seen.map(({ name, generation, body }): AgentProblems => {
      const health = checkAgent(agentFacts(kind, name, generation, body), now);
      return { agent: `${kind}/${name}`, problems: holdProblems(before.get(`${kind}/${name}`) ?? [], health, now), silent: health.silent };
    });
    after.push(...gone.map((name) => ({ agent: `${kind}/${name}`, problems: [], silent: false })));
    const moved = after.filter(({ agent, problems }) => inOrder(problems) !== inOrder(before.get(agent) ?? []));
    await writeProblems(tx, fabric.id, moved);
    await writeAgentFindings(tx, fabric.id, moved.filter(({ agent, problems }) => told(problems) !== told(before.get(agent) ?? [])));
  }

  /** Of Agents of which nothing was heard meanwhile. While the cluster or its watch is silent, nothing follows from the silence of a switch. */
  async assessSilent(tx: EntityManager, fabric: FabricEntity, names: readonly string[]): Promise<void> {
    await this.assessStored(tx, fabric, names.flatMap((name) => [`Agent/${name}`, `GatewayAgent/${name}`]));
  }

  /** What is due to be told or forgotten by now. */
  async assessDue(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    await this.assessStored(tx, fabric, await agentsWithDueProblems(tx, fabric.id, this.clock.now()));
  }

  private async assessStored(tx: EntityManager, fabric: FabricEntity, agents: readonly string[]): Promise<void> {
    const freshness = (await readFreshness(tx, [fabric])).get(fabric.id)!;
    for (const kind of ['Agent', 'GatewayAgent'] as const) {
      const names = agents.filter((agent) => agent.startsWith(`${kind}/`)).map((agent) => agent.slice(kind.length + 1));
      if (names.length === 0) continue;
      if (!freshness.connected || !freshness.live.has(kind)) await this.putOff(tx, fabric, kind, names);
      else await this.assess(tx, fabric, kind, [...(await readAgents(tx, fabric.id, kind, names)).values()]);
    }
  }

  /** Until the watch is back, which lists every Agent anew. */
  private async putOff(tx: EntityManager, fabric: FabricEntity, kind: AgentKind, names: readonly string[]): Promise<void> {
    await tx.query('update agent_problem set due_at = null where fabric_id = $1 and agent = any($2::text[])', [fabric.id, names.map((name) => `${kind}/${name}`)]);
  }
}

/** Rules come in an order of their own, rows in none. */
function inOrder(problems: readonly HeldProblem[]): string {
  return JSON.stringify(problems.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)));
}

function told(problems: readonly HeldProblem[]): string {
  return JSON.stringify(problems.filter(({ shown }) => shown).map(({ rule, severity, message, touches }) => [rule, severity, message, touches]).toSorted());
}
