import type { ObjectRef } from '@heddle/contracts';
import { Clock, Conflict, Ids, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { firstFindings } from '../findings/findings.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { directoryFacts } from '../revisions/source-documents.ts';
import { differingObjects, namedObjects, unseenKinds, versionsOf } from './plan-input.ts';
import { PlanEntity } from './plan.entity.ts';
import { type Plan, planRevert, planSync } from './plan-sync.ts';

const PLAN_FINDINGS = 1_000;

export interface SyncWish { objects: ObjectRef[] | null; prune: boolean | null }

/** Gathers what a plan is based on, has the pure planner decide, and stores the plan. The fabric is locked by the caller. */
@Injectable()
export class Planner {
  constructor(private readonly clock: Clock, private readonly ids: Ids) {}

  /** @throws Conflict STATE-020 while the fabric has not been read as far as the plan needs */
  async planSync(tx: EntityManager, fabric: FabricEntity, wish: SyncWish): Promise<PlanEntity> {
    await assertSeen(tx, fabric);
    const facts = await directoryFacts(tx, fabric.id);
    const [totals] = await rowsOf<{ desired: string; inventory: string }>(tx,
      'select count(*) filter (where desired_hash is not null) as desired, count(*) filter (where base_hash is not null and live_hash is not null and managed) as inventory from resource where fabric_id = $1', [fabric.id]);
    const desiredTotal = Number(totals?.desired ?? 0);
    const objects = await differingObjects(tx, fabric.id);
    const plan = planSync({
      objects, selection: wish.objects, versions: versionsOf(fabric),
      rules: { prune: wish.prune ?? fabric.prune, sourceComplete: facts.unreadable === 0 && fabric.directoryNote === null, desiredTotal, confirmed: wish.prune === true, sourceChanged: fabric.pruneHeld === 'SourceChanged', inventoryTotal: Number(totals?.inventory ?? 0) },
    });
    const differing = objects.filter(({ desired }) => desired !== null).length;
    return this.store(tx, fabric, plan, desiredTotal - differing);
  }

  /** Puts these objects back as Git has them, by force. */
  async planRevert(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet): Promise<PlanEntity> {
    await assertSeen(tx, fabric);
    return this.store(tx, fabric, planRevert(await namedObjects(tx, fabric.id, keys), versionsOf(fabric)), 0);
  }

  private async store(tx: EntityManager, fabric: FabricEntity, plan: Plan, unchanged: number): Promise<PlanEntity> {
    const { findings } = await firstFindings(tx, fabric.id, PLAN_FINDINGS);
    const entity = tx.create(PlanEntity, {
      id: this.ids.uuid(), fabricId: fabric.id, hash: plan.hash, type: plan.type, commit: fabric.revision?.commit ?? null, tree: fabric.tree,
      desiredVersion: fabric.desiredVersion, liveVersion: fabric.liveVersion, counts: { ...plan.counts, unchanged, withheld: plan.withheld.length },
      body: { steps: plan.steps, withheld: plan.withheld, findings: [...plan.findings, ...findings] }, createdAt: this.clock.now(),
    });
    await tx.insert(PlanEntity, entity as QueryDeepPartialEntity<PlanEntity>);
    return entity;
  }
}

async function assertSeen(tx: EntityManager, fabric: FabricEntity): Promise<void> {
  const unseen = await unseenKinds(tx, fabric.id);
  if (unseen.length === 0) return;
  throw new Conflict({
    code: 'STATE-020', message: `The cluster of fabric ${fabric.name} has not been read yet: ${unseen.join(', ')}.`,
    remedy: 'Wait until the condition WatchesLive is true, or see the connection of the fabric.', details: { unseen },
  });
}

/** A plan holds as long as neither Git nor the cluster moved on. */
export function isCurrent(plan: Pick<PlanEntity, 'desiredVersion' | 'liveVersion'>, fabric: Pick<FabricEntity, 'desiredVersion' | 'liveVersion'>): boolean {
  return plan.desiredVersion === fabric.desiredVersion && plan.liveVersion === fabric.liveVersion;
}
