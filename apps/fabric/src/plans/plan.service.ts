import type { Page, PlanStep, PlanView } from '@heddle/contracts';
import type { planList, planMake, planRender } from '@heddle/contracts';
import { AuditTrail, Clock, Conflict, Database, NotFound } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { ApprovalStore } from '../approvals/approval-store.ts';
import { standingOf } from '../approvals/standing.ts';
import { DryRunService } from '../dry-runs/dry-run.service.ts';
import { dryRunMessage, type DryRunResults } from '../dry-runs/judge-dry-run.ts';
import { openOperations } from '../operations/operation.service.ts';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { findFabric, lockFabricOf } from '../fabrics/lock-fabric.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { PlanEntity } from './plan.entity.ts';
import type { PlannedStep } from './plan-sync.ts';
import { isCurrent, Planner } from './planner.ts';
import { planMarkdown } from './render-plan-markdown.ts';
import { planText } from './render-plan-text.ts';

type Summary = Omit<PlanView, 'steps' | 'withheld' | 'findings' | 'held' | 'gates' | 'blastRadius' | 'dryRun'>;

/** What people ask of plans. */
@Injectable()
export class PlanService {
  constructor(
    private readonly database: Database, private readonly planner: Planner, private readonly audit: AuditTrail, private readonly approvals: ApprovalStore, private readonly clock: Clock,
    private readonly dryRuns: DryRunService,
  ) {}

  async make({ fabric: reference, objects, prune, replace, dryRun }: z.output<typeof planMake.request>): Promise<PlanView> {
    return this.database.transaction(async (tx) => {
      const fabric = await lockFabricOf(tx, reference);
      const plan = await this.planner.planSync(tx, fabric, { objects: objects ?? null, prune: prune ?? null, replace: replace ?? null }, 'look');
      if (dryRun) await this.ask(tx, fabric, plan);
      await this.audit.append(tx, { action: 'plan.make', subject: `fabric/${fabric.name}`, outcome: 'done', details: { planId: plan.id, hash: plan.hash } });
      return this.viewOf(tx, plan, fabric);
    });
  }

  /** Operations and dry runs share the order of their numbers: what is asked now must not get ahead of steps that are held back. */
  private async ask(tx: EntityManager, fabric: FabricEntity, plan: PlanEntity): Promise<void> {
    if (await openOperations(tx, fabric.id) > 0) throw new Conflict({ code: 'STATE-031', message: `An operation of fabric ${fabric.name} is in progress.`, remedy: 'Ask for the dry run when it has ended, or plan without.', retryAfterSeconds: 5 });
    fabric.operationNumber += 1;
    await tx.update(FabricEntity, fabric.id, { operationNumber: fabric.operationNumber });
    await this.dryRuns.start(tx, fabric, plan, fabric.operationNumber, null);
  }

  async get(planId: string): Promise<PlanView> {
    const { manager } = this.database.dataSource;
    const plan = await manager.getRepository(PlanEntity).findOneBy({ id: planId });
    if (!plan) throw new NotFound({ code: 'STATE-014', message: `There is no plan ${planId}.`, remedy: 'Make a plan of the fabric.' });
    return this.viewOf(manager, plan, await findFabric(manager, plan.fabricId));
  }

  /** The plan for people to read. */
  async render({ planId, format }: z.output<typeof planRender.request>): Promise<{ text: string }> {
    const plan = await this.get(planId);
    const { name } = await findFabric(this.database.dataSource.manager, plan.fabricId);
    return { text: format === 'text' ? planText(plan, name) : planMarkdown(plan, name) };
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

  private async viewOf(tx: EntityManager, plan: PlanEntity, fabric: FabricEntity): Promise<PlanView> {
    const { steps, withheld, findings, held = [], gates = [], blastRadius = null, approvalReasons = [] } = plan.body;
    const asked = await this.approvals.ofPlan(tx, plan);
    const state = asked ? standingOf(asked, fabric.desiredVersion, this.clock.now()) : 'pending';
    const asking = await this.dryRuns.ofPlan(tx, plan.id);
    const results = asking?.results ?? {};
    return {
      ...summaryOf(plan, fabric), withheld, findings, gates, blastRadius, steps: steps.map((step) => stepView(step, results)), held: held.map((step) => stepView(step, results)),
      dryRun: asking && { state: asking.state, message: dryRunMessage(asking.state, asking.results) },
      approval: approvalReasons.length > 0 ? { id: asked?.id ?? null, state, reasons: approvalReasons } : null,
    };
  }
}

function stepView({ stepId, action, kind, name, dependsOn, reason, changes, preconditions }: PlannedStep, results: DryRunResults): PlanStep {
  const dryRun = results[stepId];
  return { stepId, action, kind, name, dependsOn, reason, changes, preconditions, ...(dryRun && { dryRun }) };
}

function summaryOf(plan: PlanEntity, fabric: FabricEntity): Summary {
  const { id, fabricId, hash, type, commit, tree, counts, createdAt } = plan;
  return { id, fabricId, hash, type, commit, tree, counts, createdAt: createdAt.toISOString(), status: isCurrent(plan, fabric) ? 'current' : 'superseded' };
}
