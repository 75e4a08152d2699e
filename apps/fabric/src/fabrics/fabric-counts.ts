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

/** Costs the same whatever the number of objects. */
export async function countFabrics(tx: EntityManager, ids: readonly string[]): Promise<Map<string, FabricCounts>> {
  const rows = await rowsOf<Record<string, unknown> & { id: string }>(tx,
    `select f.id, r.*, g.*, a.* from fabric f
     left join lateral (select
       sum(objects) filter (where desired) as resources,
       sum(objects) filter (where state = 'synced') as converged, sum(objects) filter (where desired and kind = any($2::text[])) as unknown,
       sum(objects) filter (where state in ('committed', 'pending', 'deleting') or (state = 'applied' and carried)) as pending,
       sum(objects) filter (where state = 'drifted') as drifted, sum(objects) filter (where state = 'failed') as failed,
       sum(objects) filter (where state = 'orphaned') as foreign, sum(objects) filter (where held) as held, sum(objects) filter (where awaited) as awaited,
       sum(objects) filter (where (state = 'applied' or gone) and switches = 'failed') as "failedOnSwitches",
       sum(objects) filter (where (state = 'applied' or gone) and switches = 'unknown' and carried) as "unknownOnSwitches",
       max(last_move_at) as "lastMoveAt", coalesce(array_agg(distinct kind) filter (where desired and objects > 0), '{}') as kinds
       from resource_tally where fabric_id = f.id) r on true
     left join lateral (select count(*) filter (where ${ABOUT_GIT}) as findings, count(*) filter (where severity = 'error' and ${ABOUT_GIT}) as errors,
       count(*) filter (where source = 'agent') as "agentFindings", count(*) filter (where source = 'agent' and severity = 'error') as "agentErrors", count(*) filter (where source = 'live' and ${PAST_GRACE}) as "liveFindings"
       from finding where fabric_id = f.id) g on true
     left join lateral (select count(*) as switches, count(*) filter (where fresh and (body#>>'{status,lastAppliedGen}')::bigint >= generation) as "switchesReady" from agent where fabric_id = f.id and kind = 'Agent') a on true
     where f.id = any($1::uuid[])`, [ids, KINDS_WITHOUT_COPY]);
  return new Map(rows.map(({ id, lastMoveAt, kinds, ...counts }) => [id, {
    ...Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, Number(value)])), lastMoveAt: lastMoveAt as Date | null, kinds: kinds as string[],
  } as FabricCounts]));
}
