import { type BlastRadius, type ObjectRef, type PlanGate } from '@heddle/contracts';
import { Clock, Conflict, Ids } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import { ApprovalStore, deletesOf } from '../approvals/approval-store.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { firstFindings } from '../findings/findings.ts';
import { referrersOf } from '../findings/index-objects.ts';
import { assertCompared } from '../resources/comparison.service.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { readTotals } from '../resources/tally.ts';
import { directoryFacts } from '../revisions/source-documents.ts';
import { blastRadiusOf } from './plan-blast-radius.ts';
import { differingObjects, fadingVpcs, namedObjects, unseenKinds, versionsOf } from './plan-input.ts';
import type { PlanObject } from './plan-object.ts';
import { planPolicyOf } from './plan-policy.ts';
import { PlanEntity } from './plan.entity.ts';
import { type Plan, planRevert, planSync, releaseHeld } from './plan-sync.ts';
import { immutableReason } from './replace.ts';

const PLAN_FINDINGS = 1_000;

/** `replace` absent: nothing is replaced. */
export interface SyncWish { objects: ObjectRef[] | null; prune: boolean | null; replace?: boolean | null }

const NO_WISH: SyncWish = { objects: null, prune: null };

/** Somebody looks at the plan, or a sync is to carry it out. */
export type Intent = 'look' | 'sync';

interface Extras { unchanged: number; blastRadius: BlastRadius | null; approvalId: string | null; wish?: SyncWish | undefined }

/** Gathers what a plan is based on, has the pure planner decide, and stores the plan. The fabric is locked by the caller. */
@Injectable()
export class Planner {
  constructor(private readonly clock: Clock, private readonly ids: Ids, private readonly approvals: ApprovalStore) {}

  /** @throws Conflict STATE-020 while the fabric has not been read as far as the plan needs */
  async planSync(tx: EntityManager, fabric: FabricEntity, wish: SyncWish, intent: Intent = 'sync'): Promise<PlanEntity> {
    const { plan, objects, unchanged } = await this.made(tx, fabric, wish);
    const approvalId = plan.held.length > 0 ? await this.approvals.covering(tx, fabric, deletesOf(plan.held)) : null;
    const blastRadius = await blastRadiusOf(tx, fabric.id, [...plan.steps, ...plan.held], objects);
    const stored = await this.store(tx, fabric, approvalId ? releaseHeld(plan) : plan, { unchanged, blastRadius, approvalId, wish });
    if (plan.held.length > 0 && !approvalId) await this.approvals.ask(tx, fabric, stored, wish, intent === 'sync');
    return stored;
  }

  /** The plan that would be made now, not stored. */
  async preview(tx: EntityManager, fabric: FabricEntity, wish: SyncWish): Promise<Plan> {
    return (await this.made(tx, fabric, wish)).plan;
  }

  /** The plan with what of it was approved since it was made; a sync that wants it is told to who has to approve. */
  async withApproved(tx: EntityManager, fabric: FabricEntity, plan: PlanEntity): Promise<PlanEntity> {
    const held = plan.body.held ?? [];
    if (held.length === 0) return plan;
    const approvalId = await this.approvals.covering(tx, fabric, deletesOf(held));
    if (!approvalId) {
      await this.approvals.ask(tx, fabric, plan, plan.body.wish ?? NO_WISH, true);
      return plan;
    }
    const { steps, withheld, findings, gates = [], approvalReasons = [], blastRadius = null, wish } = plan.body;
    const { type, hash, counts } = plan;
    return this.store(tx, fabric, releaseHeld({ type, hash, steps, held, approvalReasons, gates, withheld, findings, counts }), { unchanged: counts.unchanged, blastRadius, approvalId, wish }, findings);
  }

  /** Puts these objects back as Git has them, by force. */
  async planRevert(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet): Promise<PlanEntity> {
    assertCompared(fabric);
    await assertSeen(tx, fabric);
    const objects = await namedObjects(tx, fabric.id, keys);
    const plan = planRevert(objects, versionsOf(fabric), await this.fading(tx, fabric));
    return this.store(tx, fabric, plan, { unchanged: 0, blastRadius: await blastRadiusOf(tx, fabric.id, plan.steps, objects), approvalId: null });
  }

  private async made(tx: EntityManager, fabric: FabricEntity, wish: SyncWish): Promise<{ plan: Plan; objects: PlanObject[]; unchanged: number }> {
    assertCompared(fabric);
    await assertSeen(tx, fabric);
    const facts = await directoryFacts(tx, fabric.id);
    const { desired: desiredTotal, inventory: inventoryTotal } = await readTotals(tx, fabric.id);
    const differing = await differingObjects(tx, fabric.id);
    const objects = wish.replace ? [...differing, ...await namingReplaced(tx, fabric.id, differing)] : differing;
    const plan = planSync({
      objects, selection: wish.objects, versions: versionsOf(fabric), fading: await this.fading(tx, fabric),
      rules: {
        prune: wish.prune ?? fabric.prune, sourceComplete: facts.unreadable === 0 && fabric.directoryNote === null, desiredTotal, confirmed: wish.prune === true,
        sourceChanged: fabric.pruneHeld === 'SourceChanged', inventoryTotal, replace: wish.replace === true, budget: planPolicyOf(fabric).budget,
      },
    });
    return { plan, objects, unchanged: desiredTotal - differing.filter(({ desired }) => desired !== null).length };
  }

  private async fading(tx: EntityManager, fabric: FabricEntity) {
    return planPolicyOf(fabric).vniPauseSeconds > 0 ? fadingVpcs(tx, fabric.id) : [];
  }

  private async store(tx: EntityManager, fabric: FabricEntity, plan: Plan, { unchanged, blastRadius, approvalId, wish }: Extras, known?: Plan['findings']): Promise<PlanEntity> {
    const findings = known ?? [...plan.findings, ...(await firstFindings(tx, fabric.id, PLAN_FINDINGS)).findings];
    const gates: PlanGate[] = planPolicyOf(fabric).vniPauseSeconds > 0 ? plan.gates : [];
    const entity = tx.create(PlanEntity, {
      id: this.ids.uuid(), fabricId: fabric.id, hash: plan.hash, type: plan.type, commit: fabric.revision?.commit ?? null, tree: fabric.tree,
      desiredVersion: fabric.desiredVersion, liveVersion: fabric.liveVersion, counts: { ...plan.counts, unchanged, withheld: plan.withheld.length },
      body: { steps: plan.steps, withheld: plan.withheld, findings, held: plan.held, approvalReasons: plan.approvalReasons, gates, blastRadius, approvalId, ...(wish && { wish }) }, createdAt: this.clock.now(),
    });
    await tx.insert(PlanEntity, entity as QueryDeepPartialEntity<PlanEntity>);
    return entity;
  }
}

/** What names an object that has to be replaced: it may be in sync, and has to make way for the delete. */
async function namingReplaced(tx: EntityManager, fabricId: string, objects: readonly PlanObject[]): Promise<PlanObject[]> {
  const replaced = objects.filter((object) => immutableReason(object) !== null);
  if (replaced.length === 0) return [];
  const known = new ObjectSet(objects);
  const naming = (await referrersOf(tx, fabricId, new ObjectSet(replaced), 3)).list().filter((ref) => !known.has(ref));
  return namedObjects(tx, fabricId, new ObjectSet(naming));
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
