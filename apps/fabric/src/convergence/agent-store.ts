import { agentView, type AgentView } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';

export interface AgentRow {
  kind: string; name: string; uid: string | null; resourceVersion: string | null; generation: number; heartbeatAt: Date | null; fresh: boolean; body: Record<string, unknown>;
}

const COLUMNS = `kind, name, uid, resource_version as "resourceVersion", generation::int as generation, heartbeat_at as "heartbeatAt", fresh, body`;

export async function readAgents(tx: EntityManager, fabricId: string, kind: string, names: readonly string[]): Promise<Map<string, AgentRow>> {
  const rows = await rowsOf<AgentRow>(tx, `select ${COLUMNS} from agent where fabric_id = $1 and kind = $2 and name = any($3::text[])`, [fabricId, kind, names]);
  return new Map(rows.map((row) => [row.name, row]));
}

/** All that a fabric's switches and gateways said last. */
export async function readAgentViews(tx: EntityManager, fabricId: string): Promise<AgentView[]> {
  const rows = await rowsOf<AgentRow>(tx, `select ${COLUMNS.replace('body', `body #- '{status,state}' as body`)} from agent where fabric_id = $1 and kind in ('Agent', 'GatewayAgent') order by kind, name`, [fabricId]);
  return rows.map(({ kind, name, generation, body }) => agentView(kind as AgentView['kind'], name, generation, body));
}

export type AgentWrite = Omit<AgentRow, 'heartbeatAt'> & { heartbeatAt: string | null };

/** Only what is newer by (epoch, sequence) is taken. @returns the names that were */
export async function writeAgents(tx: EntityManager, fabricId: string, epoch: number, sequence: number, at: Date, rows: readonly AgentWrite[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set();
  const written = await rowsOf<{ name: string }>(tx,
    `insert into agent as a (fabric_id, kind, name, uid, resource_version, generation, live_epoch, live_sequence, heartbeat_at, heard_at, fresh, body)
     select $1, t.kind, t.name, t.uid, t."resourceVersion", t.generation, $2, $3, t."heartbeatAt", $4, t.fresh, t.body
     from jsonb_to_recordset($5::jsonb) as t(kind text, name text, uid text, "resourceVersion" text, generation bigint, "heartbeatAt" timestamptz, fresh boolean, body jsonb)
     where not exists (select from agent_gone g where g.fabric_id = $1 and g.kind = t.kind and g.name = t.name and (g.epoch, g.sequence) >= ($2, $3))
     order by t.kind, t.name
     on conflict (fabric_id, kind, name) do update set uid = excluded.uid, resource_version = excluded.resource_version, generation = excluded.generation,
       live_epoch = excluded.live_epoch, live_sequence = excluded.live_sequence, heartbeat_at = excluded.heartbeat_at, heard_at = excluded.heard_at, fresh = excluded.fresh, body = excluded.body
     where (excluded.live_epoch, excluded.live_sequence) > (a.live_epoch, a.live_sequence)
     returning name`, [fabricId, epoch, sequence, at, JSON.stringify(rows)]);
  return new Set(written.map(({ name }) => name));
}

/** What is removed is remembered, so that an older sighting does not bring it back. */
export async function removeAgents(tx: EntityManager, fabricId: string, kind: string, epoch: number, sequence: number, which: { names: readonly string[] } | { except: readonly string[] }): Promise<string[]> {
  const [names, condition] = 'names' in which ? [which.names, 'name = any($3::text[])'] : [which.except, 'not (name = any($3::text[]))'];
  const rows = await rowsOf<{ name: string }>(tx,
    `delete from agent where fabric_id = $1 and kind = $2 and ${condition} and ($4, $5) >= (live_epoch, live_sequence) returning name`, [fabricId, kind, names, epoch, sequence]);
  await tx.query(
    `insert into agent_gone as g (fabric_id, kind, name, epoch, sequence) select $1, $2, n, $4, $5 from unnest($3::text[]) n order by n
     on conflict (fabric_id, kind, name) do update set epoch = excluded.epoch, sequence = excluded.sequence where (excluded.epoch, excluded.sequence) > (g.epoch, g.sequence)`,
    [fabricId, kind, 'names' in which ? which.names : rows.map(({ name }) => name), epoch, sequence]);
  return rows.map(({ name }) => name);
}

/** What a whole list says need not be remembered of each Agent. */
export async function forgetGone(tx: EntityManager, fabricId: string, kind: string, epoch: number, sequence: number): Promise<void> {
  await tx.query('delete from agent_gone where fabric_id = $1 and kind = $2 and (epoch, sequence) <= ($3, $4)', [fabricId, kind, epoch, sequence]);
}

/** Agents that have been silent for too long, each once. */
export async function expireHeartbeats(tx: EntityManager, fabricId: string, before: Date): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(tx, 'update agent set fresh = false where fabric_id = $1 and fresh and (heartbeat_at is null or heartbeat_at < $2) returning name', [fabricId, before]);
  return rows.map(({ name }) => name);
}
