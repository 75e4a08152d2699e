import type { ApprovalView, approvalList, Page, planApprove, planReject } from '@heddle/contracts';
import { AuditTrail, Clock, Conflict, currentContext, Database, NotAllowed, NotFound } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { z } from 'zod';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { findFabric, lockFabricOf } from '../fabrics/lock-fabric.ts';
import { OperationService } from '../operations/operation.service.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { PlanEntity } from '../plans/plan.entity.ts';
import { Planner } from '../plans/planner.ts';
import { ApprovalEntity } from './approval.entity.ts';
import { ApprovalStore, deletesOf, keyOf } from './approval-store.ts';
import { notSecondPerson } from './second-person.ts';
import { standingOf } from './standing.ts';

/** What a second person says to deletes that are past the budget. */
@Injectable()
export class ApprovalService {
  constructor(
    private readonly database: Database, private readonly planner: Planner, private readonly operations: OperationService, private readonly clock: Clock, private readonly audit: AuditTrail,
    private readonly store: ApprovalStore,
  ) {}

  /** @throws NotAllowed AUTH-030 for who asked or wrote the commit, Conflict where the plan is not the one that waits any more */
  async approve({ planId, hash, reason }: z.output<typeof planApprove.request>): Promise<ApprovalView> {
    return this.database.transaction(async (tx) => {
      const { fabric, request } = await this.waiting(tx, planId);
      if (request.hash !== hash) throw outdated(request, 'the hash is not that of the plan that waits');
      this.assertSecondPerson(request);
      await this.assertUnchanged(tx, fabric, request);
      await this.decide(tx, fabric, request, 'approved', reason ?? null);
      if (request.sync) {
        const operation = await this.operations.start(tx, fabric, { type: 'sync', trigger: 'manual', request: request.wish, plan: null });
        await tx.update(ApprovalEntity, request.id, { operationId: operation.id });
      }
      return this.viewOf(await tx.getRepository(ApprovalEntity).findOneByOrFail({ id: request.id }), fabric);
    });
  }

  async reject({ planId, reason }: z.output<typeof planReject.request>): Promise<ApprovalView> {
    return this.database.transaction(async (tx) => {
      const { fabric, request } = await this.waiting(tx, planId);
      await this.decide(tx, fabric, request, 'rejected', reason);
      return this.viewOf(await tx.getRepository(ApprovalEntity).findOneByOrFail({ id: request.id }), fabric);
    });
  }

  async list({ fabric: reference, state, limit, cursor }: z.output<typeof approvalList.request>): Promise<Page<ApprovalView>> {
    const { manager } = this.database.dataSource;
    const [at, id] = readCursor(cursor, 2);
    const query = manager.getRepository(ApprovalEntity).createQueryBuilder('a').innerJoin('fabric', 'f', 'f.id = a.fabric_id')
      .orderBy('a.requested_at', 'DESC').addOrderBy('a.id').limit(limit + 1);
    if (reference !== undefined) query.andWhere('a.fabric_id = :fabric', { fabric: (await findFabric(manager, reference)).id });
    if (state === 'used' || state === 'rejected') query.andWhere('a.state = :state', { state });
    else if (state !== undefined) query.andWhere(`${STANDING} = :state and a.state in (:...stored)`, { state, now: this.clock.now(), stored: STORED_AS[state] ?? [state] });
    if (at !== null) query.andWhere('(a.requested_at < :at or (a.requested_at = :at and a.id > :id))', { at, id });
    const rows = await query.getMany();
    const fabrics = new Map((await manager.getRepository(FabricEntity).findBy({ id: In([...new Set(rows.map((row) => row.fabricId))]) })).map((fabric) => [fabric.id, fabric]));
    return pageOfRows(rows, limit, (row) => [row.requestedAt.toISOString(), row.id], (row) => this.viewOf(row, fabrics.get(row.fabricId) as FabricEntity));
  }

  /** The request of the plan, or of its deletes, locked with its fabric. */
  private async waiting(tx: EntityManager, planId: string): Promise<{ fabric: FabricEntity; request: ApprovalEntity }> {
    const plan = await tx.getRepository(PlanEntity).findOneBy({ id: planId });
    if (!plan) throw new NotFound({ code: 'STATE-014', message: `There is no plan ${planId}.`, remedy: 'List the plans that wait for an approval.' });
    const fabric = await lockFabricOf(tx, plan.fabricId);
    const deletes = keyOf(deletesOf(plan.body.held ?? []));
    const requests = await tx.getRepository(ApprovalEntity).find({ where: { fabricId: fabric.id }, order: { requestedAt: 'DESC' }, take: 100 });
    const request = requests.find((each) => each.planId === planId) ?? requests.find((each) => keyOf(each.deletes) === deletes);
    if (!request) throw new Conflict({ code: 'STATE-040', message: `The plan ${planId} waits for no approval.`, remedy: 'Start a sync of it; only deletes past the budget of the fabric need an approval.' });
    const standing = standingOf(request, fabric.desiredVersion, this.clock.now());
    if (standing !== 'pending') throw outdated(request, `it is ${standing}`);
    return { fabric, request };
  }

  private assertSecondPerson(request: ApprovalEntity): void {
    const fault = notSecondPerson(currentContext()?.actor, request.requestedBy, request.author);
    if (fault) throw new NotAllowed({ code: 'AUTH-030', message: `The approval needs a second person: ${fault}.`, remedy: 'Let somebody else look at the plan and approve it by a token of their own, which none of those made who asked for it.' });
  }

  /** Planned anew, the same objects must be deleted, each as it was. What else the plan had may be done by now. */
  private async assertUnchanged(tx: EntityManager, fabric: FabricEntity, request: ApprovalEntity): Promise<void> {
    const now = await this.planner.preview(tx, fabric, request.wish);
    if (keyOf(deletesOf(now.held)) !== keyOf(request.deletes)) throw outdated(request, 'objects that it deletes have changed since');
  }

  private async decide(tx: EntityManager, fabric: FabricEntity, request: ApprovalEntity, state: 'approved' | 'rejected', reason: string | null): Promise<void> {
    if (!await this.store.decide(tx, request.id, state, reason)) throw outdated(request, 'its time is over');
    await this.audit.append(tx, { action: state === 'approved' ? 'approval.approve' : 'approval.reject', subject: `fabric/${fabric.name}`, outcome: 'done', details: { approvalId: request.id, planId: request.planId, hash: request.hash, deletes: request.deletes.length, reason } });
  }

  private viewOf(request: ApprovalEntity, fabric: FabricEntity): ApprovalView {
    const { id, planId, hash, reasons, deletes, requestedBy, author, requestedAt, expiresAt, decidedBy, decidedAt, reason, operationId } = request;
    return {
      id, fabricId: fabric.id, fabric: fabric.name, planId, hash, reasons, requestedBy, author, decidedBy, reason, operationId,
      state: standingOf(request, fabric.desiredVersion, this.clock.now()), deletes: deletes.map(({ kind, name }) => ({ kind, name })),
      requestedAt: requestedAt.toISOString(), expiresAt: expiresAt.toISOString(), decidedAt: decidedAt?.toISOString() ?? null,
    };
  }
}

/** As {@link standingOf} says, for a page of one state. */
const STANDING = `case when a.state not in ('pending', 'approved') then a.state when a.desired_version <> f.desired_version then 'superseded' when a.expires_at <= :now then 'expired' else a.state end`;

/** In which states those are stored that stand otherwise by now: only these have to be looked at. */
const STORED_AS: Partial<Record<ApprovalView['state'], string[]>> = { superseded: ['superseded', 'pending', 'approved'], expired: ['expired', 'pending', 'approved'] };

function outdated({ planId }: ApprovalEntity, why: string): Conflict {
  return new Conflict({ code: 'STATE-041', message: `The plan ${planId} can't be decided on: ${why}.`, remedy: 'List the approvals, look at the plan that waits now, and decide on that one.' });
}
