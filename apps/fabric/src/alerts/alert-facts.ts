import type { Actor, ClusterConnection, ObjectRef } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { Author } from '../approvals/second-person.ts';
import { FabricEntity, type SourceState } from '../fabrics/fabric.entity.ts';
import { type Freshness, readFreshness } from '../fabrics/freshness.ts';
import { ABOUT_GIT, PAST_GRACE } from '../findings/findings.ts';
import { SHOWN_OBJECTS } from './signal.ts';

/** Objects that have something in common: how many, and the first of them. */
export interface Group { fabricId: string; count: number; objects: ObjectRef[] }

export interface FabricFacts { id: string; name: string; server: string | null; connection: ClusterConnection; source: SourceState; repositoryId: string; repository: string; freshness: Freshness }

export interface AgentFactsRow { fabricId: string; agent: string; rule: string; severity: 'error' | 'warning'; message: string; remedy: string; touches: ObjectRef[]; peer: string | null }

/** All that alerts are made of, of every active fabric. */
export interface AlertFacts {
  /** When they were gathered. */
  at: Date;
  fabrics: FabricFacts[];
  agents: AgentFactsRow[];
  /** Applied for too long and not on this switch; an empty name where none is waited for. */
  overdue: (Group & { waiting: string })[];
  drifts: (Group & { severe: boolean })[];
  errors: Group[];
  live: Group[];
  conflicts: Group[];
  /** The last operation that came to its end failed. */
  failed: { fabricId: string; number: number; reason: string; message: string }[];
  /** Past their deadline and not ended. */
  stuck: { fabricId: string; number: number; state: string; deadline: Date }[];
  /** Deletes that wait for a second person, and the last operation that left them out; null: nobody has synced yet. */
  approvals: (Group & { id: string; planId: string; sync: boolean; requestedBy: Actor[]; author: Author | null; requestedAt: Date; expiresAt: Date; operation: number | null })[];
}

/** From being applied to being on the switches; a switch needs seconds to minutes. */
export const CONVERGENCE_LIMIT_MS = 600_000;
/** fabric ends an operation at its deadline by itself; this long after it has failed to. */
const STUCK_MS = 120_000;

const FIRST = `(array_agg(jsonb_build_object('kind', kind, 'name', name) order by kind, name))[1:${SHOWN_OBJECTS}]`;
const GROUP = `fabric_id as "fabricId", count(*)::int as count, to_jsonb(${FIRST}) as objects`;

/** A few statements for all fabrics. */
export async function readAlertFacts(tx: EntityManager, now: Date): Promise<AlertFacts> {
  const fabrics = await tx.getRepository(FabricEntity).findBy({ state: 'active' });
  const ids = fabrics.map(({ id }) => id);
  const freshness = await readFreshness(tx, fabrics);
  const groups = <Row>(sql: string, ...more: unknown[]): Promise<Row[]> => rowsOf<Row>(tx, sql, [ids, ...more]);
  return {
    at: now,
    fabrics: fabrics.map(({ id, name, server, connection, source, repositoryId, repository }) => ({ id, name, server, connection, source, repositoryId, repository, freshness: freshness.get(id)! })),
    agents: await groups('select fabric_id as "fabricId", agent, rule, severity, message, remedy, touches, peer from agent_problem where fabric_id = any($1::uuid[]) and shown order by fabric_id, agent, rule, field'),
    overdue: await groups(
      `select waiting, ${GROUP} from (
         select fabric_id, kind, name, unnest(case when waiting_for = '{}' then array[''] else waiting_for end) as waiting from resource
         where fabric_id = any($1::uuid[]) and desired_hash is not null and live_hash = desired_hash and base_hash = desired_hash and switches <> 'converged' and switches_reason <> 'NotCarriedByAgents' and applied_at < $2) r
       group by fabric_id, waiting order by fabric_id, waiting`, new Date(now.getTime() - CONVERGENCE_LIMIT_MS)),
    drifts: await groups(`select bool_or(severity in ('high', 'critical')) as severe, ${GROUP} from drift where fabric_id = any($1::uuid[]) and state = 'open' group by fabric_id order by fabric_id`),
    errors: await groups(`select ${GROUP} from (select distinct fabric_id, coalesce(kind, 'Document') as kind, coalesce(name, path, 'directory') as name from finding where fabric_id = any($1::uuid[]) and severity = 'error' and ${ABOUT_GIT}) x group by fabric_id order by fabric_id`),
    live: await groups(`select ${GROUP} from (select distinct finding.fabric_id, finding.kind, finding.name from finding join fabric f on f.id = finding.fabric_id where finding.fabric_id = any($1::uuid[]) and finding.source = 'live' and ${PAST_GRACE}) x group by fabric_id order by fabric_id`),
    conflicts: await groups(
      `select ${GROUP} from (
         select fabric_id, kind, name from drift where fabric_id = any($1::uuid[]) and conflict and state = 'open'
         union select fabric_id, kind, name from resource where fabric_id = any($1::uuid[]) and failure->>'reason' = 'FieldConflict' and failure->>'desiredHash' = desired_hash) c
       group by fabric_id order by fabric_id`),
    failed: await groups(
      `select "fabricId", number, reason, message from (
         select distinct on (fabric_id) fabric_id as "fabricId", number, state, reason, message from operation where fabric_id = any($1::uuid[]) and state in ('completed', 'failed') order by fabric_id, number desc) o
       where state = 'failed' order by "fabricId"`),
    stuck: await groups(`select fabric_id as "fabricId", number, state, deadline from operation where fabric_id = any($1::uuid[]) and state in ('pending', 'in_progress') and deadline < $2 order by fabric_id, number`, new Date(now.getTime() - STUCK_MS)),
    approvals: await groups(
      `select a.id, a.fabric_id as "fabricId", a.plan_id as "planId", a.sync, a.requested_by as "requestedBy", a.author, a.requested_at as "requestedAt", a.expires_at as "expiresAt", jsonb_array_length(a.deletes) as count,
         (select jsonb_agg(jsonb_build_object('kind', d->>'kind', 'name', d->>'name')) from (select d from jsonb_array_elements(a.deletes) d limit ${SHOWN_OBJECTS}) x) as objects,
         (select max(o.number) from operation o where o.fabric_id = a.fabric_id and o.plan_id = a.plan_id) as operation
       from approval a join fabric f on f.id = a.fabric_id
       where a.fabric_id = any($1::uuid[]) and a.state = 'pending' and a.desired_version = f.desired_version and a.expires_at > $2 order by a.fabric_id, a.id`, now),
  };
}
