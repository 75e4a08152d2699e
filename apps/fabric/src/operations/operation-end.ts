import { operationViewSchema, type OperationState } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Clock, Metrics } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SyncStates } from '../fabrics/change-sync.ts';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { PlanEntity } from '../plans/plan.entity.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { operationMachine } from '../state/operation-machine.ts';
import { type End, judgeEnd, retryDelayMs } from './judge-end.ts';
import { OperationEntity } from './operation.entity.ts';
import { countOutcomes, isOver, readSteps, releaseObjects, updateSteps } from './step-store.ts';

const TYPES = operationViewSchema.shape.type.options;
const TRIGGERS = operationViewSchema.shape.trigger.options;

/** Ends operations, each of them once, and sees to what comes next. The fabric is locked by the caller. */
@Injectable()
export class OperationEnd {
  readonly #operations;
  readonly #seconds;

  constructor(
    private readonly outbox: Outbox, private readonly clock: Clock, private readonly sync: SyncStates,
    private readonly queue: PlanQueue, private readonly review: ReviewService, metrics: Metrics,
  ) {
    this.#operations = metrics.counter('heddle_operations_total', 'Operations that ended, by how', ['type', 'trigger', 'state']);
    // Of a series that begins with what is counted first Prometheus sees no increase.
    for (const type of TYPES) for (const trigger of TRIGGERS) for (const state of ['completed', 'failed'] as const) this.#operations.inc({ type, trigger, state }, 0);
    this.#seconds = metrics.histogram('heddle_revision_to_applied_seconds', 'From the acceptance of a revision to the end of the automatic sync that applied it');
  }

  async syncing(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity): Promise<void> {
    await this.sync.change(tx, fabric, 'syncing', 'OperationInProgress', `Operation ${operation.number} is in progress.`);
  }

  /** Every step has a final outcome. */
  async finish(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity): Promise<void> {
    const end = judgeEnd(await readSteps(tx, operation.id), operation.reason === 'CancelRequested');
    await this.close(tx, fabric, operation, end);
    const outdated = await this.isOutdated(tx, fabric, operation);
    if (end.state === 'failed') await this.afterFailure(tx, fabric, end, outdated);
    else await this.forgetTries(tx, fabric, end.state === 'completed');
    await this.settle(tx, fabric, end);
    if (outdated) await this.queue.wantAutomatic(tx, fabric);
    this.queue.wakeAfter(tx);
  }

  /** Moves the operation to a final state and tells of it. */
  async close(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, end: { state: OperationState; reason: string; message: string }): Promise<void> {
    operationMachine.assertAllowed(String(operation.number), operation.state, end.state);
    Object.assign(operation, { state: end.state, reason: end.reason, message: end.message, finishedAt: this.clock.now() });
    await tx.save(OperationEntity, operation);
    const { done, stalled, notStarted } = await countOutcomes(tx, operation.id);
    await this.outbox.add(tx, 'operation.finished', { fabricId: fabric.id, operationId: operation.id, state: end.state, reason: end.reason, message: end.message, done, stalled, notStarted }, { fabricId: fabric.id });
    this.#operations.inc({ type: operation.type, trigger: operation.trigger, state: end.state });
    if (end.state === 'completed' && operation.trigger === 'automatic' && fabric.revision) this.#seconds.observe((this.clock.now().getTime() - Date.parse(fabric.revision.observedAt)) / 1_000);
    this.queue.wakeAfter(tx);
  }

  /** Takes back what has not been sent; what waits is cancelled at once, the rest ends with its last outcome. */
  async cancel(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, message: string): Promise<void> {
    if (operation.state === 'pending') return this.close(tx, fabric, operation, { state: 'cancelled', reason: 'Cancelled', message });
    operationMachine.assertAllowed(String(operation.number), operation.state, 'cancelled');
    Object.assign(operation, { reason: 'CancelRequested', message });
    await tx.save(OperationEntity, operation);
    await this.outbox.add(tx, 'steps.cancel', { fabricId: fabric.id, operationId: operation.id, reason: message }, { fabricId: fabric.id });
    const unsent = (await readSteps(tx, operation.id)).filter(({ state }) => state === 'planned');
    await this.withdraw(tx, fabric, operation, unsent.map(({ stepId }) => ({ stepId, reason: 'Cancelled', message })));
  }

  /** Gives up steps that were never sent to k8s-sync, which so says nothing of them; with the last one the operation ends. */
  async withdraw(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, given: readonly { stepId: string; reason: string; message: string }[]): Promise<void> {
    if (given.length === 0) return;
    const at = this.clock.now();
    await updateSteps(tx, operation.id, given.map(({ stepId, reason, message }) => ({ stepId, state: 'not_started' as const, reason, message, remedy: null, changed: null, at: at.toISOString() })));
    const keys = new ObjectSet(await releaseObjects(tx, operation.id, given.map(({ stepId }) => stepId)));
    await this.review.review(tx, fabric, keys, { at, actor: operation.actor, commit: operation.commit, operationId: operation.id });
    if (isOver(await countOutcomes(tx, operation.id))) await this.finish(tx, fabric, operation);
  }

  /** Its deadline has passed: what has no outcome counts as not done, and k8s-sync is told to stop. */
  async expire(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity): Promise<void> {
    await this.abandon(tx, fabric, operation, { reason: 'DeadlinePassed', message: `The deadline ${operation.deadline.toISOString()} passed.`, remedy: 'See why the cluster did not answer in time, then sync again.' });
  }

  /** Ended without waiting for outcomes: late ones count no more. */
  async abandon(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, { reason, message, remedy }: { reason: string; message: string; remedy: string }): Promise<void> {
    if (operation.state === 'pending') return this.close(tx, fabric, operation, { state: 'failed', reason, message });
    const open = (await readSteps(tx, operation.id)).filter(({ state }) => !['done', 'stalled', 'not_started'].includes(state));
    const at = this.clock.now();
    await updateSteps(tx, operation.id, open.map(({ stepId }) => ({ stepId, state: 'not_started' as const, reason, message, remedy, changed: null, at: at.toISOString() })));
    await this.outbox.add(tx, 'steps.cancel', { fabricId: fabric.id, operationId: operation.id, reason: message }, { fabricId: fabric.id });
    await releaseObjects(tx, operation.id, open.map(({ stepId }) => stepId));
    await this.release(tx, fabric, operation, new ObjectSet(open));
    await this.finish(tx, fabric, operation);
  }

  /** Its objects are in nobody's hands any more. */
  private async release(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, keys: ObjectSet): Promise<void> {
    await tx.query('update resource set in_flight = null where fabric_id = $1 and in_flight = $2', [fabric.id, operation.id]);
    await this.review.review(tx, fabric, keys, { at: this.clock.now(), actor: operation.actor, commit: operation.commit, operationId: operation.id });
  }

  private async settle(tx: EntityManager, fabric: FabricEntity, end: { state: OperationState; reason: string; message: string }): Promise<void> {
    if (end.state === 'completed') await this.sync.change(tx, fabric, 'in_sync', end.reason, end.message);
    else if (end.state === 'superseded') await this.sync.change(tx, fabric, 'out_of_sync', end.reason, end.message);
    else await this.sync.change(tx, fabric, 'error', end.reason, end.message);
    await this.sync.refresh(tx, fabric);
  }

  private async isOutdated(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity): Promise<boolean> {
    const plan = operation.planId ? await tx.getRepository(PlanEntity).findOneBy({ id: operation.planId }) : null;
    return plan !== null && plan.desiredVersion !== fabric.desiredVersion;
  }

  /** Tried again as long as the cause may pass; what a person can do, or has to, is kept beside it. */
  private async afterFailure(tx: EntityManager, fabric: FabricEntity, end: End, outdated: boolean): Promise<void> {
    const delayMs = retryDelayMs(end, fabric.planTry, Math.random());
    fabric.planTry += 1;
    if (end.mayPass && !outdated) await this.queue.wantAutomatic(tx, fabric, delayMs);
    fabric.syncRetry = { try: fabric.planTry + 1, mayPass: end.mayPass, remedy: end.remedy };
    await tx.update(FabricEntity, fabric.id, { planTry: fabric.planTry, syncRetry: fabric.syncRetry });
  }

  private async forgetTries(tx: EntityManager, fabric: FabricEntity, isDone: boolean): Promise<void> {
    const planTry = isDone ? 0 : fabric.planTry;
    if (fabric.planTry === planTry && fabric.syncRetry === null) return;
    Object.assign(fabric, { planTry, syncRetry: null });
    await tx.update(FabricEntity, fabric.id, { planTry, syncRetry: null });
  }
}
