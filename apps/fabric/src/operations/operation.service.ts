import { type Actor, systemActor } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Clock, Conflict, currentContext, Ids, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import { ApprovalStore } from '../approvals/approval-store.ts';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { PlanEntity } from '../plans/plan.entity.ts';
import { isCurrent, Planner } from '../plans/planner.ts';
import { Dispatcher } from './dispatcher.ts';
import { OperationEnd } from './operation-end.ts';
import { DEADLINE_MS, OperationEntity, type OperationRequest } from './operation.entity.ts';

export interface NewOperation {
  type: OperationEntity['type'];
  trigger: OperationEntity['trigger'];
  request: OperationRequest;
  /** Carry out exactly this plan. */
  plan: PlanEntity | null;
}

/** Starts operations: at most one of a fabric is in progress, the others wait for their turn. The fabric is locked by the caller. */
@Injectable()
export class OperationService {
  constructor(
    private readonly planner: Planner, private readonly outbox: Outbox, private readonly clock: Clock, private readonly ids: Ids,
    private readonly end: OperationEnd, private readonly dispatcher: Dispatcher, private readonly approvals: ApprovalStore,
  ) {}

  /** @throws Conflict where the fabric is not active, the plan is outdated, or the cluster has not been read */
  async start(tx: EntityManager, fabric: FabricEntity, wanted: NewOperation): Promise<OperationEntity> {
    assertActive(fabric);
    if (wanted.plan) assertCurrent(wanted.plan, fabric);
    const open = await openOperations(tx, fabric.id);
    const operation = await this.create(tx, fabric, wanted);
    if (open > 0) return operation;
    await this.begin(tx, fabric, operation, wanted.plan);
    return operation;
  }

  /** The turn of a waiting operation: its plan is made now, or was given and must still hold. */
  async takeTurn(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity): Promise<void> {
    const plan = operation.planId ? await tx.getRepository(PlanEntity).findOneBy({ id: operation.planId }) : null;
    if (operation.planId && (!plan || !isCurrent(plan, fabric))) {
      return this.end.close(tx, fabric, operation, { state: 'superseded', reason: 'PlanSuperseded', message: 'Git or the cluster moved on before its turn came.' });
    }
    try {
      await this.begin(tx, fabric, operation, plan);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      await this.end.close(tx, fabric, operation, { state: 'failed', reason: error.code, message: `${error.message} ${error.remedy}` });
    }
  }

  private async create(tx: EntityManager, fabric: FabricEntity, { type, trigger, request, plan }: NewOperation): Promise<OperationEntity> {
    fabric.operationNumber += 1;
    await tx.update(FabricEntity, fabric.id, { operationNumber: fabric.operationNumber });
    const now = this.clock.now();
    const actor: Actor = (trigger === 'manual' ? currentContext()?.actor : undefined) ?? systemActor('fabric');
    const operation = tx.create(OperationEntity, {
      id: this.ids.uuid(), fabricId: fabric.id, number: fabric.operationNumber, type, trigger, actor, correlationId: currentContext()?.correlationId ?? null,
      planId: plan?.id ?? null, request, commit: fabric.revision?.commit ?? null, state: 'pending', reason: 'Waiting', message: 'Waits for the operation before it.',
      createdAt: now, startedAt: null, finishedAt: null, deadline: new Date(now.getTime() + DEADLINE_MS), total: 0, heartbeatAt: null, dispatchAt: null,
    });
    await tx.insert(OperationEntity, operation as QueryDeepPartialEntity<OperationEntity>);
    return operation;
  }

  private async releasePrune(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    fabric.pruneHeld = null;
    await tx.update(FabricEntity, fabric.id, { pruneHeld: null });
  }

  private async begin(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, given: PlanEntity | null): Promise<void> {
    const plan = given ? await this.planner.withApproved(tx, fabric, given) : await this.planner.planSync(tx, fabric, operation.request);
    const { steps } = plan.body;
    const now = this.clock.now();
    Object.assign(operation, {
      planId: plan.id, commit: plan.commit, state: 'in_progress', reason: 'InProgress', message: `${steps.length} step(s) are carried out.`,
      startedAt: now, heartbeatAt: now, deadline: new Date(now.getTime() + DEADLINE_MS), total: steps.length,
    });
    await tx.save(OperationEntity, operation);
    await this.outbox.add(tx, 'operation.started', {
      fabricId: fabric.id, operationId: operation.id, number: operation.number, type: operation.type, trigger: operation.trigger, planHash: plan.hash, commit: plan.commit, steps: steps.length,
    }, { fabricId: fabric.id });
    if (operation.trigger === 'manual' && fabric.pruneHeld !== null && areDeletesAgreed(operation, plan, fabric)) await this.releasePrune(tx, fabric);
    if (plan.body.approvalId) await this.approvals.use(tx, plan.body.approvalId, operation.id);
    await this.end.syncing(tx, fabric, operation);
    await this.dispatcher.dispatch(tx, fabric, operation, plan);
    if (steps.length === 0) await this.end.finish(tx, fabric, operation);
  }
}

/** These are not deleted whatever a person says. */
const NEVER_DELETED = new Set(['NotInInventory', 'AlreadyDeleting']);

/** A person asked for all deletes, or started a plan that has them; before the new source was read there is nothing to agree on. */
function areDeletesAgreed({ request }: OperationEntity, { body }: PlanEntity, { tree }: FabricEntity): boolean {
  const asked = request.prune === true || body.steps.some(({ action }) => action === 'delete');
  return asked && tree !== null && body.withheld.every(({ action, reason }) => action !== 'delete' || NEVER_DELETED.has(reason));
}

export async function openOperations(tx: EntityManager, fabricId: string): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(tx, `select count(*) from operation where fabric_id = $1 and state in ('pending', 'in_progress')`, [fabricId]);
  return Number(row?.count ?? 0);
}

function assertActive(fabric: FabricEntity): void {
  if (fabric.state === 'active') return;
  throw new Conflict({
    code: 'STATE-030', message: `The fabric ${fabric.name} is ${fabric.state}; only an active fabric is synced.`,
    remedy: fabric.state === 'maintenance' ? 'End the maintenance first.' : 'A fabric becomes active when its cluster is connected and its source was read.',
  });
}

function assertCurrent(plan: PlanEntity, fabric: FabricEntity): void {
  if (plan.fabricId === fabric.id && isCurrent(plan, fabric)) return;
  throw new Conflict({
    code: 'STATE-021', message: `The plan ${plan.id} is superseded: ${plan.fabricId === fabric.id ? 'Git or the cluster moved on since' : `it belongs to another fabric than ${fabric.name}`}.`,
    remedy: 'Make a new plan, look at it, and start that one.',
  });
}
