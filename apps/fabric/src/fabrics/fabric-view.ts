import { type FabricView, installationSchema } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { countFabrics, type FabricCounts } from './fabric-counts.ts';
import { fabricConditions } from './fabric-conditions.ts';
import { planPolicyOf } from '../plans/plan-policy.ts';
import type { FabricEntity } from './fabric.entity.ts';
import { syncRetryOf } from './sync-retry.ts';
import { type Freshness, isTold, readFreshness } from './freshness.ts';

/** Fabrics as they are shown, in a few statements for all of them. */
export async function fabricViews(tx: EntityManager, fabrics: readonly FabricEntity[]): Promise<FabricView[]> {
  if (fabrics.length === 0) return [];
  const ids = fabrics.map(({ id }) => id);
  const counts = await countFabrics(tx, ids);
  const freshness = await readFreshness(tx, fabrics);
  const operations = await rowsOf<{ fabricId: string; id: string; state: string }>(tx,
    `select f.id as "fabricId", o.id, o.state from unnest($1::uuid[]) f(id) cross join lateral (select id, state from operation where fabric_id = f.id order by number desc limit 1) o`, [ids]);
  const last = new Map(operations.map(({ fabricId, id, state }) => [fabricId, { id, state }]));
  return fabrics.map((fabric) => viewOf(fabric, counts.get(fabric.id) as FabricCounts, freshness.get(fabric.id) as Freshness, last.get(fabric.id) ?? null));
}

function viewOf(fabric: FabricEntity, counts: FabricCounts, freshness: Freshness, operation: FabricView['operation']): FabricView {
  const { id, name, state, repositoryId, repository, branch, directory, automaticSync, prune, selfHeal, ignoreRules: ignore, driftPolicies: drift, release, connection, revision, tree, createdAt } = fabric;
  const conditions = fabricConditions(fabric, counts, freshness);
  const { resources, pending, drifted, failed, foreign, findings, held, switches, unknown, agentFindings, liveFindings } = counts;
  const areTold = freshness.live.has('Agent') && counts.kinds.every((kind) => isTold(freshness, kind));
  return {
    id, name, state, connection, conditions, operation, lastCheck: fabric.lastCheck,
    source: { repositoryId, repository, branch, directory },
    policy: { automaticSync, prune, selfHeal, complianceGraceSeconds: fabric.complianceGraceSeconds, ignore, drift, ...planPolicyOf(fabric) }, release, installation: installationSchema.parse(fabric.installation),
    sync: { state: fabric.syncState, reason: fabric.syncReason, message: fabric.syncMessage, since: fabric.syncSince.toISOString(), ...syncRetryOf(fabric) },
    revision: revision && { commit: revision.commit, tree, subject: revision.subject, author: revision.author, committedAt: revision.committedAt, observedAt: revision.observedAt },
    counts: {
      resources, drifted, failed, foreign, findings, held, switches, unknown: unknown ?? 0, agentFindings: agentFindings ?? 0, liveFindings: liveFindings ?? 0,
      // On stale knowledge nothing counts as healthy.
      converged: areTold ? counts.converged : 0, pending: areTold ? pending : pending + counts.converged, switchesReady: freshness.connected && freshness.live.has('Agent') ? counts.switchesReady : 0,
    },
    createdAt: createdAt.toISOString(),
  };
}
