import type { FabricView } from '@heddle/contracts';
import { MANAGED_KINDS } from '@heddle/hedgehog';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { ABOUT_GIT, PAST_GRACE } from '../findings/findings.ts';

/** Counts of a fabric, and what its conditions need beside them. */
export interface FabricCounts extends Omit<FabricView['counts'], never> {
  /** Objects that switches could say something about and have not. */
  awaited: number;
  failedOnSwitches: number;
  unknownOnSwitches: number;
  errors: number;
  agentErrors: number;
  /** Kinds of the objects that Git asks for. */
  kinds: string[];
  lastMoveAt: Date | null;
}

const KINDS_WITHOUT_COPY = MANAGED_KINDS.filter(({ carriedBy }) => carriedBy === undefined).map(({ kind }) => kind);

export async function countFabrics(tx: EntityManager, ids: readonly string[]): Promise<Map<string, FabricCounts>> {
  const rows = await rowsOf<Record<string, unknown> & { id: string }>(tx,
    `select f.id, r.*, g.*, a.* from fabric f
     left join lateral (select
       count(*) filter (where desired_hash is not null) as resources,
       count(*) filter (where state = 'synced') as converged, count(*) filter (where desired_hash is not null and kind = any($2::text[])) as unknown,
       count(*) filter (where state in ('committed', 'pending', 'deleting') or (state = 'applied' and switches_reason <> 'NotCarriedByAgents')) as pending,
       count(*) filter (where state = 'drifted') as drifted, count(*) filter (where state = 'failed') as failed,
       count(*) filter (where state = 'orphaned') as foreign, count(*) filter (where held) as held,
       count(*) filter (where desired_hash is not null and not (live_hash is not distinct from desired_hash and base_hash is not distinct from desired_hash and (switches = 'converged' or switches_reason = 'NotCarriedByAgents')) or gone_hash is not null) as awaited,
       count(*) filter (where (state = 'applied' or gone_hash is not null) and switches = 'failed') as "failedOnSwitches",
       count(*) filter (where (state = 'applied' or gone_hash is not null) and switches = 'unknown' and switches_reason <> 'NotCarriedByAgents') as "unknownOnSwitches",
       max(since) as "lastMoveAt", coalesce(array_agg(distinct kind) filter (where desired_hash is not null), '{}') as kinds
       from resource where fabric_id = f.id) r on true
     left join lateral (select count(*) filter (where ${ABOUT_GIT}) as findings, count(*) filter (where severity = 'error' and ${ABOUT_GIT}) as errors,
       count(*) filter (where source = 'agent') as "agentFindings", count(*) filter (where source = 'agent' and severity = 'error') as "agentErrors", count(*) filter (where source = 'live' and ${PAST_GRACE}) as "liveFindings"
       from finding where fabric_id = f.id) g on true
     left join lateral (select count(*) as switches, count(*) filter (where fresh and (body#>>'{status,lastAppliedGen}')::bigint >= generation) as "switchesReady" from agent where fabric_id = f.id and kind = 'Agent') a on true
     where f.id = any($1::uuid[])`, [ids, KINDS_WITHOUT_COPY]);
  return new Map(rows.map(({ id, lastMoveAt, kinds, ...counts }) => [id, {
    ...Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, Number(value)])), lastMoveAt: lastMoveAt as Date | null, kinds: kinds as string[],
  } as FabricCounts]));
}
