import type { Condition } from '@heddle/contracts';
import { type Freshness, isStored, isTold } from '../fabrics/freshness.ts';
import type { ShownRow } from './resource-view.ts';

/** What can be said of an object, level by level. */
export function resourceConditions(row: ShownRow, freshness: Freshness): Condition[] {
  const since = row.since.toISOString();
  return [
    { type: 'Valid', since, ...valid(row) },
    { type: 'Applied', since, ...applied(row, freshness) },
    { type: 'Converged', since, ...converged(row, freshness) },
    { type: 'AgentsHealthy', since, ...agentsHealthy(row, freshness) },
  ];
}

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

function valid({ held, gitFindings, desiredHash }: ShownRow): Said {
  if (desiredHash === null) return { status: 'Unknown', reason: 'NotInGit', message: 'Git does not ask for it.' };
  if (held) return { status: 'False', reason: 'Held', message: 'Its document can\'t be used; the last good version is kept.' };
  return Number(gitFindings) > 0 ? { status: 'False', reason: 'Findings', message: `${gitFindings} finding(s).` } : { status: 'True', reason: 'NoFindings', message: 'No findings.' };
}

function applied({ kind, desiredHash, liveHash, baseHash, reason, message }: ShownRow, freshness: Freshness): Said {
  if (!isStored(freshness, kind)) return { status: 'Unknown', reason: freshness.reason, message: freshness.message };
  const isApplied = desiredHash !== null && liveHash === desiredHash && baseHash === desiredHash;
  return isApplied ? { status: 'True', reason: 'Applied', message: 'The API server has it as Git does.' } : { status: 'False', reason, message };
}

function converged({ kind, state, switches, switchesReason, switchesMessage }: ShownRow, freshness: Freshness): Said {
  if (!isTold(freshness, kind)) return { status: 'Unknown', reason: freshness.reason, message: freshness.message };
  if (state === 'synced') return { status: 'True', reason: switchesReason, message: switchesMessage };
  return { status: switches === 'unknown' ? 'Unknown' : 'False', reason: switchesReason, message: switchesMessage };
}

/** Whether the switches that touch the object tell of trouble. */
function agentsHealthy({ agentMessage }: ShownRow, freshness: Freshness): Said {
  if (agentMessage !== null) return { status: 'False', reason: 'AgentFindings', message: agentMessage };
  if (!freshness.connected || !freshness.live.has('Agent')) return { status: 'Unknown', reason: freshness.reason, message: freshness.message };
  return { status: 'True', reason: 'NoAgentFindings', message: 'No switch tells of trouble with it.' };
}
