import { type Actor, type MessageData, systemActor } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { AuditTrail, Clock, currentContext, Ids, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In, type QueryDeepPartialEntity } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import type { PlannedStep } from '../plans/plan-sync.ts';
import type { PlanEntity } from '../plans/plan.entity.ts';
import type { SyncWish } from '../plans/planner.ts';
import { ApprovalEntity, type ApprovedDelete } from './approval.entity.ts';
import { mayApprove } from './second-person.ts';
import { standingOf } from './standing.ts';

/** So long a request waits for its second person, and an approval for its operation. */
export const APPROVAL_MS = 24 * 3_600_000;
/** Of the deletes an event names so many. */
const TOLD_DELETES = 20;

/** What is told of a request that has ended. */
type Ended = Omit<MessageData<'approval.ended'>, 'approvalId'> & { id: string };
const ENDED = `a.id, a.fabric_id as "fabricId", a.plan_id as "planId", a.state, a.decided_by as "decidedBy", a.reason`;

/** Requests for a second person's approval, and whether one covers the deletes of a plan. The fabric is locked by the caller. */
@Injectable()
export class ApprovalStore {
  constructor(private readonly clock: Clock, private readonly ids: Ids, private readonly audit: AuditTrail, private readonly outbox: Outbox) {}

  /**
   * The approval that covers all of these deletes: of the present desired state, not run out, each object as the plan
   * saw it. One that an operation used covers what that operation left undone.
   */
  async covering(tx: EntityManager, fabric: FabricEntity, deletes: readonly ApprovedDelete[]): Promise<string | null> {
    const [row] = await rowsOf<{ id: string }>(tx,
      `select id from approval where fabric_id = $1 and state in ('approved', 'used') and expires_at > $2 and desired_version = $3 and deletes @> $4::jsonb order by decided_at desc limit 1`,
      [fabric.id, this.clock.now(), fabric.desiredVersion, JSON.stringify(deletes)]);
    return row?.id ?? null;
  }

  /** Asks for an approval of the plan's deletes; the same deletes are asked for once. @param sync somebody wants them carried out */
  async ask(tx: EntityManager, fabric: FabricEntity, plan: PlanEntity, wish: SyncWish, sync: boolean): Promise<void> {
    const deletes = deletesOf(plan.body.held ?? []);
    const actor = currentContext()?.actor ?? systemActor('fabric');
    const open = (await tx.getRepository(ApprovalEntity).findBy({ fabricId: fabric.id, state: In(['pending', 'approved']) }))
      .filter((each) => ['pending', 'approved'].includes(standingOf(each, fabric.desiredVersion, this.clock.now())));
    const same = open.find((each) => keyOf(each.deletes) === keyOf(deletes));
    if (same) return this.askAgain(tx, same, plan, sync ? actor : null);
    if (actor.type === 'system' && await this.isRejected(tx, fabric, deletes)) return;
    const outdated = open.filter((each) => JSON.stringify(each.wish) === JSON.stringify(wish));
    for (const each of outdated) await this.supersede(tx, each.id);
    const now = this.clock.now();
    const request = tx.create(ApprovalEntity, {
      id: this.ids.uuid(), fabricId: fabric.id, planId: plan.id, hash: plan.hash, desiredVersion: fabric.desiredVersion, state: 'pending', reasons: plan.body.approvalReasons ?? [], deletes, wish, sync,
      requestedBy: [actor], author: fabric.revision && { name: fabric.revision.author, email: fabric.revision.email }, requestedAt: now, expiresAt: new Date(now.getTime() + APPROVAL_MS),
      decidedBy: null, decidedAt: null, reason: null, operationId: null,
    });
    await tx.insert(ApprovalEntity, request as QueryDeepPartialEntity<ApprovalEntity>);
    await this.audit.append(tx, { action: 'approval.request', subject: `fabric/${fabric.name}`, outcome: 'done', details: { approvalId: request.id, planId: plan.id, hash: plan.hash, deletes: deletes.length, reasons: request.reasons } });
    await this.outbox.add(tx, 'approval.requested', requestedEvent(request, fabric.name), { fabricId: fabric.id });
  }

  /** Requests that Git has left behind, or that nobody decided on in time: they end, and it is told. Found by a look once a minute. */
  async endOutdated(tx: EntityManager): Promise<void> {
    const ended = await rowsOf<Ended>(tx,
      `with outdated as (
         select a.id, a.desired_version <> f.desired_version as superseded from approval a join fabric f on f.id = a.fabric_id
         where a.state = 'pending' and (a.desired_version <> f.desired_version or a.expires_at <= now()) order by a.id for update of a)
       update approval a set state = case when o.superseded then 'superseded' else 'expired' end from outdated o where a.id = o.id returning ${ENDED}`);
    for (const each of ended) await this.tell(tx, each);
  }

  /**
   * Somebody decides. The time is the database's, since whatever else ends a request does so by that one, too.
   * @returns false: it is over, or its time is
   */
  async decide(tx: EntityManager, id: string, state: 'approved' | 'rejected', reason: string | null): Promise<boolean> {
    const [decided] = await rowsOf<Ended>(tx,
      `update approval a set state = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1 and state = 'pending' and expires_at > now() returning ${ENDED}`,
      [id, state, JSON.stringify(currentContext()?.actor ?? null), this.clock.now(), reason]);
    if (decided) await this.tell(tx, decided);
    return decided !== undefined;
  }

  /** Another request takes its place. */
  private async supersede(tx: EntityManager, id: string): Promise<void> {
    const [ended] = await rowsOf<Ended>(tx, `update approval a set state = 'superseded' where id = $1 and state in ('pending', 'approved') returning ${ENDED}`, [id]);
    if (ended) await this.tell(tx, ended);
  }

  private async tell(tx: EntityManager, { id: approvalId, ...ended }: Ended): Promise<void> {
    await this.outbox.add(tx, 'approval.ended', { ...ended, approvalId }, { fabricId: ended.fabricId });
  }

  /** What was said to the deletes of a plan: of exactly these, else by the plan's id. */
  async ofPlan(tx: EntityManager, plan: PlanEntity): Promise<ApprovalEntity | null> {
    const repository = tx.getRepository(ApprovalEntity);
    if (plan.body.approvalId) return repository.findOneBy({ id: plan.body.approvalId });
    const deletes = deletesOf(plan.body.held ?? []);
    if (deletes.length === 0) return null;
    return repository.createQueryBuilder('a').where('a.fabric_id = :fabric and (a.plan_id = :plan or (a.deletes @> :deletes::jsonb and a.deletes <@ :deletes::jsonb))', { fabric: plan.fabricId, plan: plan.id, deletes: JSON.stringify(deletes) })
      .orderBy('a.requested_at', 'DESC').limit(1).getOne();
  }

  /** A person said no to these deletes: Heddle does not ask again by itself. */
  private async isRejected(tx: EntityManager, fabric: FabricEntity, deletes: readonly ApprovedDelete[]): Promise<boolean> {
    const rejected = await tx.getRepository(ApprovalEntity).findBy({ fabricId: fabric.id, state: 'rejected', desiredVersion: fabric.desiredVersion });
    return rejected.some((each) => keyOf(each.deletes) === keyOf(deletes));
  }

  /** An operation carries the approved deletes out. */
  async use(tx: EntityManager, id: string, operationId: string): Promise<void> {
    await tx.update(ApprovalEntity, id, { state: 'used', operationId });
  }

  /** What is asked names the newest plan: who approves has to have seen that one. */
  private async askAgain(tx: EntityManager, request: ApprovalEntity, { id, hash }: PlanEntity, actor: Actor | null): Promise<void> {
    const newest = request.state === 'pending' ? { planId: id, hash } : {};
    const others = request.requestedBy.filter((other) => other.id !== actor?.id);
    const asked = actor ? { sync: true, ...(others.length === request.requestedBy.length && { requestedBy: [...others, actor] }) } : {};
    const change = { ...newest, ...asked };
    if (Object.keys(change).length > 0) await tx.update(ApprovalEntity, { id: request.id, state: request.state }, change);
  }
}

function requestedEvent({ id, planId, hash, reasons, deletes, sync, requestedBy, author, requestedAt, expiresAt, fabricId }: ApprovalEntity, fabric: string): MessageData<'approval.requested'> {
  return {
    fabricId, fabric, approvalId: id, planId, hash, reasons, deletes: deletes.slice(0, TOLD_DELETES).map(({ kind, name }) => ({ kind, name })), deleteCount: deletes.length, sync, requestedBy, author,
    mayApprove: mayApprove(requestedBy, author), requestedAt: requestedAt.toISOString(), expiresAt: expiresAt.toISOString(),
  };
}

/** The deletes of steps, as an approval names them. */
export function deletesOf(steps: readonly Pick<PlannedStep, 'action' | 'kind' | 'name' | 'preconditions'>[]): ApprovedDelete[] {
  return steps.filter(({ action }) => action === 'delete').map(({ kind, name, preconditions: { uid = '', resourceVersion = '' } }) => ({ kind, name, uid, resourceVersion }));
}

/** Names a set of deletes, whatever their order. */
export function keyOf(deletes: readonly ApprovedDelete[]): string {
  return deletes.map(({ kind, name, uid, resourceVersion }) => `${kind}/${name}/${uid}/${resourceVersion}`).toSorted().join(' ');
}
