import { type FabricView, NEWEST_RELEASE, type Page, type PageQuery } from '@heddle/contracts';
import type { fabricCreate, fabricUpdate } from '@heddle/contracts';
import { AuditTrail, Clock, Conflict, Database } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import type { z } from 'zod';
import { healByPolicy } from '../drifts/heal-by-policy.ts';
import { OperationRequests } from '../operations/operation-requests.ts';
import { UnwantedSteps } from '../operations/unwanted-steps.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { mergePlanPolicy, withoutPlanPolicy } from '../plans/plan-policy.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { comparisonKey } from '../resources/comparison.ts';
import { ComparisonService, isBehind } from '../resources/comparison.service.ts';
import { checkPolicy } from './check-policy.ts';
import { FabricEntity } from './fabric.entity.ts';
import { FabricLifecycle } from './fabric-lifecycle.ts';
import { fabricViews } from './fabric-view.ts';
import { InstallationService } from './installation.service.ts';
import { findFabric, lockFabricOf } from './lock-fabric.ts';

const DEFAULT_COMPLIANCE_GRACE_SECONDS = 600;

type Creation = z.output<typeof fabricCreate.request>;
type Update = z.output<typeof fabricUpdate.request>;

@Injectable()
export class FabricService {
  constructor(
    private readonly database: Database, private readonly lifecycle: FabricLifecycle, private readonly queue: PlanQueue,
    private readonly audit: AuditTrail, private readonly clock: Clock,
    private readonly operations: OperationRequests, private readonly deletes: UnwantedSteps,
    private readonly comparisons: ComparisonService, private readonly installation: InstallationService,
  ) {}

  /** The same id and body twice is one fabric. @throws Conflict STATE-011 when the name is taken */
  async create(wanted: Creation): Promise<FabricView> {
    checkPolicy(wanted.policy);
    return this.database.transaction(async (tx) => {
      const same = await tx.getRepository(FabricEntity).findOneBy([{ id: wanted.id }, { name: wanted.name }]);
      if (same && !isSame(same, wanted)) throw new Conflict({ code: 'STATE-011', message: `There is a fabric ${wanted.name} already.`, remedy: 'Choose another name, or change that fabric.' });
      if (same) return viewOf(tx, same);
      const fabric = this.newFabric(tx, wanted);
      await tx.insert(FabricEntity, fabric as QueryDeepPartialEntity<FabricEntity>);
      await this.lifecycle.begin(tx, fabric);
      await this.audit.append(tx, { action: 'fabric.create', subject: `fabric/${fabric.name}`, outcome: 'done', details: { id: fabric.id, source: wanted.source, policy: wanted.policy } });
      return viewOf(tx, fabric);
    });
  }

  async list({ limit, cursor }: PageQuery): Promise<Page<FabricView>> {
    const [after] = readCursor(cursor, 1);
    const { manager } = this.database.dataSource;
    const rows = await manager.getRepository(FabricEntity).createQueryBuilder('f').where(after === null ? 'true' : 'f.name > :after', { after }).orderBy('f.name').limit(limit + 1).getMany();
    const views = new Map((await fabricViews(manager, rows.slice(0, limit))).map((view) => [view.id, view]));
    return pageOfRows(rows, limit, ({ name }) => [name], ({ id }) => views.get(id) as FabricView);
  }

  async get(reference: string): Promise<FabricView> {
    const { manager } = this.database.dataSource;
    return viewOf(manager, await findFabric(manager, reference));
  }

  async update({ fabric: reference, patch, repositoryId }: Update): Promise<FabricView> {
    if (patch.policy) checkPolicy(patch.policy);
    return this.database.transaction(async (tx) => {
      const fabric = await lockFabricOf(tx, reference);
      if (patch.policy) await this.changePolicy(tx, fabric, patch.policy);
      await this.changeComparison(tx, fabric, patch);
      if (patch.installation) await this.installation.change(tx, fabric, patch.installation);
      if (patch.source) await this.changeSource(tx, fabric, patch.source, repositoryId);
      if (patch.state && patch.state !== fabric.state) await this.changeState(tx, fabric, patch.state);
      await this.audit.append(tx, { action: 'fabric.update', subject: `fabric/${fabric.name}`, outcome: 'done', details: { patch } });
      return viewOf(tx, fabric);
    });
  }

  /** Forgets it; what lives in the cluster stays as it is. */
  async delete(reference: string): Promise<{ id: string }> {
    return this.database.transaction(async (tx) => {
      const fabric = await lockFabricOf(tx, reference);
      if (fabric.state !== 'planned' && fabric.state !== 'decommissioned') {
        throw new Conflict({ code: 'STATE-002', message: `The fabric ${fabric.name} is ${fabric.state}; only a planned or decommissioned one can be deleted.`, remedy: 'Decommission it first.' });
      }
      await this.lifecycle.release(tx, fabric);
      await tx.delete(FabricEntity, fabric.id);
      await this.audit.append(tx, { action: 'fabric.delete', subject: `fabric/${fabric.name}`, outcome: 'done', details: { id: fabric.id } });
      return { id: fabric.id };
    });
  }

  private newFabric(tx: EntityManager, { id, name, repositoryId, source, policy: { ignore: ignoreRules = [], drift: driftPolicies = [], ...policy }, release = NEWEST_RELEASE, installation = {} }: Creation): FabricEntity {
    const now = this.clock.now();
    const since = now.toISOString();
    return tx.create(FabricEntity, {
      id, name, state: 'planned', repositoryId, repository: source.repository, branch: source.branch, directory: source.directory.replace(/^\/+|\/+$/g, ''),
      complianceGraceSeconds: DEFAULT_COMPLIANCE_GRACE_SECONDS, ...withoutPlanPolicy(policy), planPolicy: mergePlanPolicy({}, policy), release, installation, ignoreRules, driftPolicies, comparison: comparisonKey({ release, ignoreRules }), assignment: 1, watchGeneration: 1, server: null, connectionSequence: 0,
      connection: { state: 'unknown', reason: 'NotConfigured', message: 'No cluster was connected yet.', since, breaker: { state: 'closed', nextTryAt: null, lastError: null } },
      source: { state: 'unknown', reason: 'NotReadYet', message: 'The repository was not read yet.', since },
      syncState: 'never_synced', syncReason: '', syncMessage: '', syncSince: now, tree: null, revision: null, revisionSentAt: null, directoryNote: null, wantedAt: null, pruneHeld: null, clusterSince: null,
      desiredVersion: 0, liveVersion: 0, operationNumber: 0, planDueAt: null, planTry: 0, planContext: null, syncRetry: null, workedAt: null, watched: null, lastCheck: null, createdAt: now,
    });
  }

  private async changePolicy(tx: EntityManager, fabric: FabricEntity, policy: NonNullable<Update['patch']['policy']>): Promise<void> {
    const { prune: pruned } = fabric;
    const { ignore: _ignore, drift, ...switches } = policy;
    Object.assign(fabric, withoutPlanPolicy(switches), drift && { driftPolicies: drift }, { planPolicy: mergePlanPolicy(fabric.planPolicy, policy) });
    await tx.update(FabricEntity, fabric.id, { automaticSync: fabric.automaticSync, prune: fabric.prune, selfHeal: fabric.selfHeal, driftPolicies: fabric.driftPolicies, complianceGraceSeconds: fabric.complianceGraceSeconds, planPolicy: fabric.planPolicy });
    await healByPolicy(tx, fabric, this.clock.now());
    if (pruned && !fabric.prune) await this.stopPruning(tx, fabric);
    if (!fabric.automaticSync) await this.queue.forget(tx, fabric);
    await this.queue.wantAutomatic(tx, fabric);
  }

  /** What the objects are compared by is another: they are compared anew, the first of them at once. */
  private async changeComparison(tx: EntityManager, fabric: FabricEntity, { policy, release }: Update['patch']): Promise<void> {
    if (!policy?.ignore && !release) return;
    Object.assign(fabric, policy?.ignore && { ignoreRules: policy.ignore }, release && { release });
    await tx.update(FabricEntity, fabric.id, { ignoreRules: fabric.ignoreRules, release: fabric.release });
    if (isBehind(fabric)) await this.comparisons.begin(tx, fabric);
  }

  /** Nothing more is pruned: what is on its way is taken back, and plans that were made before are outdated. */
  private async stopPruning(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    fabric.desiredVersion += 1;
    await tx.update(FabricEntity, fabric.id, { desiredVersion: fabric.desiredVersion });
    await this.deletes.afterPruneOff(tx, fabric);
  }

  /** Another directory is read whole; what it does not have is no longer desired, and is deleted only when a person says so. */
  private async changeSource(tx: EntityManager, fabric: FabricEntity, source: NonNullable<Update['patch']['source']>, repositoryId: string | undefined): Promise<void> {
    const before = sourceOf(fabric);
    Object.assign(fabric, {
      ...(source.branch !== undefined && { branch: source.branch }), ...(source.directory !== undefined && { directory: source.directory.replace(/^\/+|\/+$/g, '') }),
      ...(source.repository !== undefined && { repository: source.repository }), ...(repositoryId !== undefined && { repositoryId }), tree: null, revisionSentAt: null, wantedAt: null,
    });
    if (sourceOf(fabric) !== before) fabric.pruneHeld = 'SourceChanged';
    await tx.query('delete from revision_chunk where fabric_id = $1', [fabric.id]);
    await tx.update(FabricEntity, fabric.id, { branch: fabric.branch, directory: fabric.directory, repository: fabric.repository, repositoryId: fabric.repositoryId, tree: null, revisionSentAt: null, wantedAt: null, pruneHeld: fabric.pruneHeld });
    if (fabric.state === 'planned' || fabric.state === 'active') await this.lifecycle.assignSource(tx, fabric);
  }

  private async changeState(tx: EntityManager, fabric: FabricEntity, to: FabricEntity['state']): Promise<void> {
    await this.lifecycle.move(tx, fabric, to);
    if (to !== 'active') await this.operations.cancelAll(tx, fabric, `The fabric is in ${to}.`);
  }
}

function sourceOf({ repositoryId, branch, directory }: FabricEntity): string {
  return JSON.stringify([repositoryId, branch, directory]);
}

function isSame(fabric: FabricEntity, { id, name, repositoryId, source: { branch } }: Creation): boolean {
  return fabric.id === id && fabric.name === name && fabric.repositoryId === repositoryId && fabric.branch === branch;
}

async function viewOf(tx: EntityManager, fabric: FabricEntity): Promise<FabricView> {
  return (await fabricViews(tx, [fabric]))[0] as FabricView;
}
