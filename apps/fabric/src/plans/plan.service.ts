import type { Page, PlanView } from '@heddle/contracts';
import type { planList, planMake } from '@heddle/contracts';
import { AuditTrail, Database, NotFound } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { findFabric, lockFabricOf } from '../fabrics/lock-fabric.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { PlanEntity } from './plan.entity.ts';
import { isCurrent, Planner } from './planner.ts';

type Summary = Omit<PlanView, 'steps' | 'withheld' | 'findings'>;

/** What people ask of plans. */
@Injectable()
export class PlanService {
  constructor(private readonly database: Database, private readonly planner: Planner, private readonly audit: AuditTrail) {}

  async make({ fabric: reference, objects, prune }: z.output<typeof planMake.request>): Promise<PlanView> {
    return this.database.transaction(async (tx) => {
      const fabric = await lockFabricOf(tx, reference);
      const plan = await this.planner.planSync(tx, fabric, { objects: objects ?? null, prune: prune ?? null });
      await this.audit.append(tx, { action: 'plan.make', subject: `fabric/${fabric.name}`, outcome: 'done', details: { planId: plan.id, hash: plan.hash } });
      return viewOf(plan, fabric);
    });
  }

  async get(planId: string): Promise<PlanView> {
    const { manager } = this.database.dataSource;
    const plan = await manager.getRepository(PlanEntity).findOneBy({ id: planId });
    if (!plan) throw new NotFound({ code: 'STATE-014', message: `There is no plan ${planId}.`, remedy: 'Make a plan of the fabric.' });
    return viewOf(plan, await findFabric(manager, plan.fabricId));
  }

  async list({ fabric: reference, limit, cursor }: z.output<typeof planList.request>): Promise<Page<Summary>> {
    const { manager } = this.database.dataSource;
    const fabric = await findFabric(manager, reference);
    const [at, id] = readCursor(cursor, 2);
    const query = manager.getRepository(PlanEntity).createQueryBuilder('p').where('p.fabric_id = :fabric', { fabric: fabric.id })
      .select(['p.id', 'p.fabricId', 'p.hash', 'p.type', 'p.commit', 'p.tree', 'p.desiredVersion', 'p.liveVersion', 'p.counts', 'p.createdAt'])
      .orderBy('p.created_at', 'DESC').addOrderBy('p.id').limit(limit + 1);
    if (at !== null) query.andWhere('(p.created_at < :at or (p.created_at = :at and p.id > :id))', { at, id });
    return pageOfRows(await query.getMany(), limit, (row) => [row.createdAt.toISOString(), row.id], (row) => summaryOf(row, fabric));
  }
}

function viewOf(plan: PlanEntity, fabric: FabricEntity): PlanView {
  const { steps, withheld, findings } = plan.body;
  return {
    ...summaryOf(plan, fabric), withheld, findings,
    steps: steps.map(({ stepId, action, kind, name, dependsOn, reason, changes, preconditions }) => ({ stepId, action, kind, name, dependsOn, reason, changes, preconditions })),
  };
}

function summaryOf(plan: PlanEntity, fabric: FabricEntity): Summary {
  const { id, fabricId, hash, type, commit, tree, counts, createdAt } = plan;
  return { id, fabricId, hash, type, commit, tree, counts, createdAt: createdAt.toISOString(), status: isCurrent(plan, fabric) ? 'current' : 'superseded' };
}
