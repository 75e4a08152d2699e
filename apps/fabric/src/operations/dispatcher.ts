import { Outbox } from '@heddle/messaging';
import { Clock, Ids } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DryRunService } from '../dry-runs/dry-run.service.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { planPolicyOf } from '../plans/plan-policy.ts';
import { PlanEntity } from '../plans/plan.entity.ts';
import type { PlannedStep } from '../plans/plan-sync.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { joinSets, TableStatistics } from '../resources/table-statistics.ts';
import { chunkSteps } from './chunk-steps.ts';
import { readGateFacts } from './gate-facts.ts';
import { type Gate, GATES, type Hold, type Parts, partsOf } from './may-dispatch.ts';
import { OperationEnd } from './operation-end.ts';
import { DEADLINE_MS, OperationEntity } from './operation.entity.ts';
import { stepBodies } from './step-bodies.ts';
import { stepMessage } from './step-message.ts';
import { insertSteps, markSent, readSteps, writeHolds } from './step-store.ts';

/** How often gates are asked again; what opens one may wake the loop earlier by `operation.dispatch_at`. */
const ASK_GATES_MS = 5_000;

/** Hands the graph of an operation to k8s-sync, as far as no gate holds it back, in the transaction that marks its objects as being written. */
@Injectable()
export class Dispatcher {
  /** What is asked before a step is sent. */
  gates: readonly Gate[] = GATES;

  constructor(
    private readonly outbox: Outbox, private readonly clock: Clock, private readonly ids: Ids, private readonly review: ReviewService, private readonly statistics: TableStatistics,
    private readonly end: OperationEnd, private readonly dryRuns: DryRunService,
  ) {}

  async dispatch(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, plan: PlanEntity): Promise<void> {
    const { steps } = plan.body;
    const keys = new ObjectSet(steps);
    await joinSets(tx, keys.size);
    this.statistics.grown(tx, steps.length);
    if (planPolicyOf(fabric).dryRun && steps.length > 0) await this.dryRuns.start(tx, fabric, plan, operation.number, operation.id);
    const parts = partsOf(steps, new Map(), await readGateFacts(tx, fabric, operation, steps, this.clock.now()), this.gates);
    await insertSteps(tx, operation.id, fabric.id, steps, holdsOf(parts), this.clock.now());
    await tx.query(
      `update resource r set in_flight = $2 from jsonb_to_recordset($3::jsonb) as k(kind text, name text) where r.fabric_id = $1 and r.kind = k.kind and r.name = k.name`,
      [fabric.id, operation.id, keys.json()]);
    await this.send(tx, fabric, operation, parts.free);
    await this.keepWaiting(tx, operation, parts);
    await this.review.review(tx, fabric, keys, { at: this.clock.now(), actor: operation.actor, commit: plan.commit, operationId: operation.id });
  }

  /** Looks again at the steps that were held back: sends what may go now, and gives up what is behind a failure. */
  async dispatchRest(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity): Promise<void> {
    const rows = await readSteps(tx, operation.id);
    const planned = new Set(rows.filter(({ state }) => state === 'planned').map(({ stepId }) => stepId));
    const plan = planned.size > 0 && operation.planId !== null ? await tx.getRepository(PlanEntity).findOneBy({ id: operation.planId }) : null;
    const steps = plan?.body.steps.filter(({ stepId }) => planned.has(stepId)) ?? [];
    const parts = partsOf(steps, new Map(rows.map(({ stepId, state }) => [stepId, state])), await readGateFacts(tx, fabric, operation, steps, this.clock.now()), this.gates);
    await markSent(tx, operation.id, parts.free.map(({ stepId }) => stepId), this.clock.now());
    await writeHolds(tx, operation.id, holdsOf(parts));
    await this.send(tx, fabric, operation, parts.free);
    await this.keepWaiting(tx, operation, parts);
    await this.end.withdraw(tx, fabric, operation, [...parts.held.flatMap((each) => givenUp(each, this.clock.now())), ...parts.blocked.map(({ step, by }) => ({ stepId: step.stepId, reason: 'DependencyFailed', message: `It depends on ${by}, which is not done.` }))]);
  }

  private async send(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, steps: readonly PlannedStep[]): Promise<void> {
    if (steps.length === 0) return;
    const deadline = new Date(this.clock.now().getTime() + DEADLINE_MS);
    await this.extend(tx, operation, deadline);
    const bodies = await stepBodies(tx, fabric, steps);
    const chunks = chunkSteps(steps.map((step) => stepMessage(step, bodies)));
    const jobId = this.ids.uuid();
    await this.outbox.addMany(tx, chunks.map((part, index) => ({
      type: 'steps.apply' as const, options: { fabricId: fabric.id },
      data: {
        fabricId: fabric.id, operationId: operation.id, operationNumber: operation.number, jobId, chunk: index + 1, chunks: chunks.length,
        deadline: deadline.toISOString(), steps: part,
      },
    })));
  }

  /** While a gate holds steps back the operation's time does not run out: it counts from the end of the hold. */
  private async keepWaiting(tx: EntityManager, operation: OperationEntity, { held }: Parts<PlannedStep>): Promise<void> {
    const now = this.clock.now().getTime();
    const ends = held.map(({ hold }) => hold.until?.getTime() ?? now);
    if (ends.length > 0) await this.extend(tx, operation, new Date(Math.max(now, ...ends) + DEADLINE_MS));
    operation.dispatchAt = ends.length > 0 ? new Date(now + ASK_GATES_MS) : null;
    await tx.update(OperationEntity, operation.id, { dispatchAt: operation.dispatchAt });
  }

  private async extend(tx: EntityManager, operation: OperationEntity, deadline: Date): Promise<void> {
    if (operation.deadline >= deadline) return;
    operation.deadline = deadline;
    await tx.update(OperationEntity, operation.id, { deadline });
  }
}

/** Its time of waiting is over, and it may not go all the same. */
function givenUp({ step, hold: { until, givenUp: how } }: Parts<PlannedStep>['held'][number], now: Date): { stepId: string; reason: string; message: string }[] {
  return how && until !== null && until <= now ? [{ stepId: step.stepId, ...how }] : [];
}

function holdsOf({ held }: Parts<PlannedStep>): Map<string, Hold> {
  return new Map(held.map(({ step, hold }) => [step.stepId, hold]));
}
