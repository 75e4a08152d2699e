import type { Finding } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { dueAt, type HeldProblem } from './hold-problems.ts';

const COLUMNS = 'rule, field, severity, message, remedy, touches, peer, since, clear_since as "clearSince", shown';

/** The problems of these Agents (`Agent/leaf-1`), by Agent. */
export async function readProblems(tx: EntityManager, fabricId: string, agents: readonly string[]): Promise<Map<string, HeldProblem[]>> {
  const rows = await rowsOf<HeldProblem & { agent: string }>(tx, `select agent, ${COLUMNS} from agent_problem where fabric_id = $1 and agent = any($2::text[])`, [fabricId, agents]);
  const problems = new Map(agents.map((agent): [string, HeldProblem[]] => [agent, []]));
  for (const { agent, ...problem } of rows) problems.get(agent)?.push(problem);
  return problems;
}

export interface AgentProblems { agent: string; problems: readonly HeldProblem[]; silent: boolean }

/** All problems of these Agents, anew. What is frozen by silence is not due: only the Agent's next word moves it. */
export async function writeProblems(tx: EntityManager, fabricId: string, agents: readonly AgentProblems[]): Promise<void> {
  if (agents.length === 0) return;
  const rows = agents.flatMap(({ agent, problems, silent }) => problems.map((problem) => ({ agent, ...problem, due: silent ? null : dueAt(problem) })));
  await tx.query('delete from agent_problem where fabric_id = $1 and agent = any($2::text[])', [fabricId, agents.map(({ agent }) => agent)]);
  await tx.query(
    `insert into agent_problem (fabric_id, agent, rule, field, severity, message, remedy, touches, peer, since, clear_since, shown, due_at)
     select $1, t.agent, t.rule, t.field, t.severity, t.message, t.remedy, t.touches, t.peer, t.since, t."clearSince", t.shown, t.due
     from jsonb_to_recordset($2::jsonb) as t(agent text, rule text, field text, severity text, message text, remedy text, touches jsonb, peer text, since timestamptz, "clearSince" timestamptz, shown boolean, due timestamptz)
     order by t.agent, t.rule, t.field`, [fabricId, JSON.stringify(rows)]);
}

/** The findings of these Agents, anew: one on each object that a problem touches. */
export async function writeAgentFindings(tx: EntityManager, fabricId: string, agents: readonly AgentProblems[]): Promise<void> {
  if (agents.length === 0) return;
  await tx.query(`delete from finding where fabric_id = $1 and agent = any($2::text[])`, [fabricId, agents.map(({ agent }) => agent)]);
  const rows = agents.flatMap(({ agent, problems }) => problems.filter(({ shown }) => shown).flatMap(({ rule, severity, message, remedy, touches, since }) =>
    touches.map(({ kind, name }): Finding & { agent: string } => ({ agent, rule, severity, message, remedy, kind, name, since: since.toISOString() }))));
  await tx.query(
    `insert into finding (fabric_id, source, agent, rule, severity, message, remedy, kind, name, since)
     select $1, 'agent', t.* from jsonb_to_recordset($2::jsonb) as t(agent text, rule text, severity text, message text, remedy text, kind text, name text, since timestamptz)
     order by t.agent, t.rule, t.kind, t.name`, [fabricId, JSON.stringify(rows)]);
}

/** Fabrics with Agents of which a problem is to be told or forgotten by now. */
export async function fabricsWithDueProblems(tx: EntityManager, now: Date): Promise<string[]> {
  return (await rowsOf<{ id: string }>(tx, 'select distinct fabric_id as id from agent_problem where due_at <= $1 order by 1', [now])).map(({ id }) => id);
}

export async function agentsWithDueProblems(tx: EntityManager, fabricId: string, now: Date): Promise<string[]> {
  return (await rowsOf<{ agent: string }>(tx, 'select distinct agent from agent_problem where fabric_id = $1 and due_at <= $2 order by 1', [fabricId, now])).map(({ agent }) => agent);
}
