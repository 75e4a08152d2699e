import type { ResourceView } from '@heddle/contracts';
import { ABOUT_GIT } from '../findings/findings.ts';
import { type Freshness, isStored, isTold } from '../fabrics/freshness.ts';
import type { ResourceFacts } from './resource-facts.ts';

export type ShownRow = Omit<ResourceFacts, 'errors' | 'drift' | 'inFlight' | 'failure'> & { fabricId: string; conflict: boolean; line: number | null; findings: string; gitFindings: string; agentMessage: string | null; since: Date };

export const SHOWN = `
  r.fabric_id as "fabricId", r.kind, r.name, r.state, r.reason, r.message, r.raw_hash as "rawHash", r.desired_hash as "desiredHash", r.desired_full_hash as "desiredFullHash", r.live_full_hash as "liveFullHash", r.held, r.path, r.line,
  r.live_hash as "liveHash", r.base_hash as "baseHash", r.gone_hash as "goneHash", r.uid, r.resource_version as "resourceVersion", r.generation::int as generation, r.managed,
  r.deleting_since as "deletingSince", r.finalizers, r.switches, r.switches_reason as "switchesReason", r.switches_message as "switchesMessage", r.waiting_for as "waitingFor", r.since,
  exists (select from drift d where d.fabric_id = r.fabric_id and d.kind = r.kind and d.name = r.name and d.conflict and d.state <> 'resolved') as conflict,
  (select count(*) from finding f where f.fabric_id = r.fabric_id and f.kind = r.kind and f.name = r.name
    and (f.source <> 'live' or f.since <= now() - make_interval(secs => (select x.compliance_grace_seconds from fabric x where x.id = r.fabric_id)))) as findings,
  (select count(*) from finding f where f.fabric_id = r.fabric_id and f.kind = r.kind and f.name = r.name and f.${ABOUT_GIT}) as "gitFindings",
  (select min(f.message) from finding f where f.fabric_id = r.fabric_id and f.kind = r.kind and f.name = r.name and f.source = 'agent') as "agentMessage"`;

/** An object as it is shown. What was seen before the watch went stale is not shown as healthy. */
export function resourceView(row: ShownRow, freshness: Freshness): ResourceView {
  const { fabricId, kind, name, path, line, findings, since } = row;
  const doubted = row.state === 'synced' && !isTold(freshness, kind);
  return {
    fabricId, kind, name, path, line, findings: Number(findings), conflict: row.conflict, since: since.toISOString(), levels: levelsOf(row, freshness),
    state: doubted ? 'applied' : row.state, reason: doubted ? freshness.reason : row.reason, message: doubted ? freshness.message : row.message, switches: row.waitingFor,
  };
}

function levelsOf(row: ShownRow, freshness: Freshness): ResourceView['levels'] {
  const { kind, desiredHash, liveHash, held } = row;
  return {
    git: desiredHash === null ? 'absent' : held ? 'held' : 'present',
    apiServer: !isStored(freshness, kind) ? 'unknown' : liveHash === null ? 'absent' : liveHash === desiredHash ? 'equal' : 'different',
    switches: switchesOf(row, freshness),
  };
}

function switchesOf({ kind, state, desiredHash, liveHash, goneHash, switches }: ShownRow, freshness: Freshness): ResourceView['levels']['switches'] {
  if (goneHash !== null && isTold(freshness, kind)) return switches;
  if (desiredHash === null || !isTold(freshness, kind)) return 'unknown';
  if (liveHash !== desiredHash) return 'pending';
  return switches === 'converged' && state !== 'synced' ? 'pending' : switches;
}
