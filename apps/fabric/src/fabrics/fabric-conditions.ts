import type { Condition } from '@heddle/contracts';
import { RELEASE_MARKS, releaseSeen } from '@heddle/hedgehog';
import type { FabricCounts } from './fabric-counts.ts';
import type { FabricEntity } from './fabric.entity.ts';
import { describeRetry, syncRetryOf } from './sync-retry.ts';
import { type Freshness, isLive, isStored, isTold } from './freshness.ts';

type Said = Omit<Condition, 'type' | 'since'> & { since?: Date | string | null };

/** What can be said of a fabric. `Converged` is true only on the switches' own, fresh word. */
export function fabricConditions(fabric: FabricEntity, counts: FabricCounts, freshness: Freshness): Condition[] {
  const condition = (type: string, { since, ...said }: Said): Condition => ({ type, ...said, since: new Date(since ?? fabric.createdAt).toISOString() });
  return [
    condition('SourceReady', sourceReady(fabric)),
    condition('ClusterReachable', clusterReachable(fabric)),
    condition('WatchesLive', watchesLive(fabric, freshness)),
    condition('Valid', valid(fabric, counts)),
    condition('Synced', synced(fabric, counts, freshness)),
    condition('Converged', converged(fabric, counts, freshness)),
    condition('AgentsHealthy', agentsHealthy(fabric, counts, freshness)),
    condition('Compliant', compliant(fabric, counts, freshness)),
    ...releaseAsSet(fabric, freshness).map((said) => condition('ReleaseAsSet', said)),
  ];
}

function sourceReady({ source }: FabricEntity): Said {
  const status = source.state === 'ready' ? 'True' : source.state === 'failing' ? 'False' : 'Unknown';
  return { status, reason: source.reason, message: source.message, since: source.since };
}

function clusterReachable({ connection }: FabricEntity): Said {
  const status = connection.state === 'connected' ? 'True' : connection.state === 'failed' ? 'False' : 'Unknown';
  return { status, reason: connection.reason, message: connection.message, since: connection.since };
}

function watchesLive({ connection }: FabricEntity, { connected, watches }: Freshness): Said {
  const bad = watches.filter((watch) => !isLive(watch));
  const since = watches.reduce<Date | null>((last, { snapshotAt }) => (snapshotAt && (!last || snapshotAt > last) ? snapshotAt : last), null);
  if (watches.length === 0) return { status: 'Unknown', reason: 'NotWatchedYet', message: 'Nothing was heard of the cluster yet.' };
  if (!connected) return { status: 'Unknown', reason: 'ClusterUnreachable', message: connection.message, since: connection.since };
  if (bad.length > 0) return { status: 'False', reason: bad[0]!.reason, message: `Not live: ${bad.map(({ kind }) => kind).join(', ')}. ${bad[0]!.message}`, since };
  const unlisted = watches.filter(({ snapshotAt, reason }) => snapshotAt === null && reason !== 'KindMissing');
  if (unlisted.length > 0) return { status: 'Unknown', reason: 'NotListedYet', message: `Not listed yet: ${unlisted.map(({ kind }) => kind).join(', ')}.`, since };
  return { status: 'True', reason: 'Watching', message: `${watches.length} kinds are watched.`, since };
}

function valid({ revision, directoryNote }: FabricEntity, { errors, findings, held }: FabricCounts): Said {
  if (!revision) return { status: 'Unknown', reason: 'NoRevision', message: 'No revision was read yet.' };
  const since = revision.observedAt;
  if (directoryNote) return { status: 'False', reason: directoryNote, message: 'The directory has no documents; nothing is changed or deleted.', since };
  if (errors > 0) return { status: 'False', reason: 'Findings', message: `${errors} error(s) among ${findings} finding(s); ${held} object(s) held.`, since };
  return { status: 'True', reason: findings > 0 ? 'Warnings' : 'NoFindings', message: findings > 0 ? `${findings} warning(s).` : 'No findings.', since };
}

function synced(fabric: FabricEntity, { kinds }: FabricCounts, freshness: Freshness): Said {
  const { syncState, syncReason, syncMessage, syncSince } = fabric;
  if (syncState === 'in_sync' && !kinds.every((kind) => isStored(freshness, kind))) return { status: 'Unknown', reason: freshness.reason, message: `It was in sync. ${freshness.message}` };
  if (syncState === 'out_of_sync' && syncReason === 'ClusterUnreachable') return { status: 'Unknown', reason: syncReason, message: syncMessage, since: syncSince };
  const retry = syncRetryOf(fabric);
  if (retry) return { status: 'False', reason: syncReason, message: `${syncMessage} ${describeRetry(retry)}`, since: syncSince, ...retry };
  const status = syncState === 'in_sync' ? 'True' : syncState === 'never_synced' ? 'Unknown' : 'False';
  return { status, reason: syncReason || 'NeverSynced', message: syncMessage || 'Nothing was synced yet.', since: syncSince };
}

function converged(fabric: FabricEntity, counts: FabricCounts, freshness: Freshness): Said {
  const { connected, live, reason, message } = freshness;
  const since = counts.lastMoveAt;
  if (!connected) return { status: 'Unknown', reason: 'ClusterUnreachable', message: fabric.connection.message, since: fabric.connection.since };
  if (!live.has('Agent') || !counts.kinds.every((kind) => isTold(freshness, kind))) return { status: 'Unknown', reason, message, since };
  if (counts.failedOnSwitches > 0) return { status: 'False', reason: 'SwitchFailed', message: `${counts.failedOnSwitches} object(s) could not be applied by a switch.`, since };
  if (counts.unknownOnSwitches > 0) return { status: 'Unknown', reason: 'SwitchesSilent', message: `Of ${counts.unknownOnSwitches} object(s) the switches say nothing.`, since };
  if (counts.awaited > 0) return { status: 'False', reason: 'Waiting', message: `${counts.awaited} object(s) are not on their switches yet.`, since };
  if (counts.resources === 0) return { status: 'Unknown', reason: 'NothingDesired', message: 'Git asks for nothing.', since };
  if (counts.converged === 0) return { status: 'Unknown', reason: 'NotCarriedByAgents', message: 'Agents embed none of the objects: the switches can\'t be asked.', since };
  return { status: 'True', reason: 'OnAllSwitches', message: 'Each object is on the switches that it concerns.', since };
}

/** What the switches say of themselves: on old words neither well nor ill. */
function agentsHealthy({ connection }: FabricEntity, { agentFindings = 0, agentErrors, switches }: FabricCounts, { connected, live, reason, message }: Freshness): Said {
  if (!connected) return { status: 'Unknown', reason: 'ClusterUnreachable', message: connection.message, since: connection.since };
  if (!live.has('Agent')) return { status: 'Unknown', reason, message };
  if (agentFindings > 0) return { status: 'False', reason: 'AgentFindings', message: `${agentErrors} error(s) among ${agentFindings} finding(s) of switches and gateways.` };
  return switches === 0 ? { status: 'Unknown', reason: 'NoAgents', message: 'There are no Agents.' } : { status: 'True', reason: 'NoAgentFindings', message: `${switches} switch(es), none tells of trouble.` };
}

/** Whether what lives keeps the rules, beside what Git asks for. */
function compliant({ connection }: FabricEntity, { liveFindings = 0 }: FabricCounts, { connected, watches, reason, message }: Freshness): Said {
  if (!connected) return { status: 'Unknown', reason: 'ClusterUnreachable', message: connection.message, since: connection.since };
  if (watches.length === 0) return { status: 'Unknown', reason: 'NotWatchedYet', message: 'Nothing was heard of the cluster yet.' };
  if (liveFindings > 0) return { status: 'False', reason: 'LiveFindings', message: `${liveFindings} finding(s) about what lives in the cluster; list them with source live.` };
  return watches.every(isLive) ? { status: 'True', reason: 'NoLiveFindings', message: 'What lives in the cluster keeps the rules.' } : { status: 'Unknown', reason, message };
}

/** Nothing is said before the cluster's kinds were looked at. What it runs is never set by Heddle itself: that is the operator's word, and a cluster in the middle of an upgrade tells of both. */
function releaseAsSet({ name, release, connection }: FabricEntity, freshness: Freshness): Said[] {
  const seen = releaseSeen(freshness.watches.flatMap(({ kind, fields }) => (fields ?? []).map((field) => ({ kind, ...field }))));
  if (seen === undefined) return [];
  if (!RELEASE_MARKS.every(({ kind }) => isStored(freshness, kind))) return [{ status: 'Unknown', reason: freshness.reason, message: `It ran ${seen}. ${freshness.message}`, ...(!freshness.connected && { since: connection.since }) }];
  if (seen === release) return [{ status: 'True', reason: 'SameRelease', message: `The cluster runs ${seen}, as is set.` }];
  return [{
    status: 'False', reason: 'OtherRelease', message: `The cluster's kinds are of release ${seen}, and the fabric is set to ${release}: fields are checked and compared by the wrong one.`,
    remedy: `heddle fabric set ${name} --release ${seen}; or finish the upgrade of the cluster.`,
  }];
}
