import type { MessageData } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Clock, Ids, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { chunkSteps } from '../operations/chunk-steps.ts';
import { stepBodies } from '../operations/step-bodies.ts';
import { stepMessage } from '../operations/step-message.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import type { PlanEntity } from '../plans/plan.entity.ts';
import { askedStepId, beginDryRun, type DryRunResults, type DryRunState, dryRunState, dryRunStepId, foldDryRun } from './judge-dry-run.ts';

/** For so long k8s-sync asks; and so much longer its answers are listened to. */
const DEADLINE_MS = 60_000;
const GRACE_MS = 45_000;

export interface DryRunRow { id: string; fabricId: string; operationId: string | null; state: DryRunState; results: DryRunResults; createdAt: Date; until: Date }

const COLUMNS = `id, fabric_id as "fabricId", operation_id as "operationId", state, results, created_at as "createdAt", until`;

/** Asks the API server about a plan without storing anything: k8s-sync sends the steps as dry runs, their outcomes come back. */
@Injectable()
export class DryRunService {
  constructor(private readonly outbox: Outbox, private readonly clock: Clock, private readonly ids: Ids, private readonly queue: PlanQueue) {}

  /** @param operation waits for the answer before its first write; null: somebody wants to know. The fabric is locked by the caller. */
  async start(tx: EntityManager, fabric: FabricEntity, plan: PlanEntity, number: number, operationId: string | null): Promise<void> {
    const { steps } = plan.body;
    const id = this.ids.uuid();
    const results = beginDryRun(steps);
    const now = this.clock.now();
    const deadline = new Date(now.getTime() + DEADLINE_MS);
    await tx.query('insert into dry_run (id, fabric_id, plan_id, operation_id, state, results, created_at, until) values ($1, $2, $3, $4, $5, $6, $7, $8)',
      [id, fabric.id, plan.id, operationId, dryRunState(results), JSON.stringify(results), now, new Date(deadline.getTime() + GRACE_MS)]);
    const asked = steps.filter(({ stepId }) => results[stepId]?.state === 'running');
    const bodies = await stepBodies(tx, fabric, asked);
    const chunks = chunkSteps(asked.map((step) => ({ ...stepMessage(step, bodies), stepId: dryRunStepId(step.stepId) })));
    const jobId = this.ids.uuid();
    await this.outbox.addMany(tx, chunks.map((part, index) => ({
      type: 'steps.apply' as const, options: { fabricId: fabric.id },
      data: { fabricId: fabric.id, operationId: operationId ?? id, operationNumber: number, jobId, chunk: index + 1, chunks: chunks.length, dryRun: true, deadline: deadline.toISOString(), steps: part },
    })));
  }

  /** Takes the answers out of the outcomes. @returns the outcomes of steps that write */
  async take(tx: EntityManager, data: MessageData<'steps.finished'>): Promise<MessageData<'steps.finished'>> {
    const answers = data.outcomes.flatMap(({ stepId, outcome }) => {
      const asked = askedStepId(stepId);
      return asked === null ? [] : [{ stepId: asked, outcome }];
    });
    if (answers.length === 0) return data;
    if (await lockFabric(tx, data.fabricId)) await this.record(tx, data, answers);
    return { ...data, outcomes: data.outcomes.filter(({ stepId }) => askedStepId(stepId) === null) };
  }

  /** The last that was asked about a plan; one without all answers at its end has failed. */
  async ofPlan(tx: EntityManager, planId: string): Promise<DryRunRow | null> {
    const [row] = await rowsOf<DryRunRow>(tx, `select ${COLUMNS} from dry_run where plan_id = $1 order by created_at desc limit 1`, [planId]);
    return row ? this.withEnd(row) : null;
  }

  private withEnd(row: DryRunRow): DryRunRow {
    if (row.state !== 'running' || row.until > this.clock.now()) return row;
    const results = Object.fromEntries(Object.entries(row.results).map(([stepId, result]) => [stepId, result.state === 'running' ? { state: 'failed' as const, message: 'no answer came' } : result]));
    return { ...row, results, state: dryRunState(results) };
  }

  private async record(tx: EntityManager, { fabricId, operationId }: MessageData<'steps.finished'>, answers: Parameters<typeof foldDryRun>[1]): Promise<void> {
    const [row] = await rowsOf<DryRunRow>(tx, `select ${COLUMNS} from dry_run where fabric_id = $1 and (id = $2 or operation_id = $2) and state = 'running' limit 1`, [fabricId, operationId]);
    if (!row) return;
    const results = foldDryRun(row.results, answers);
    const state = dryRunState(results);
    await tx.query('update dry_run set results = $2, state = $3 where id = $1', [row.id, JSON.stringify(results), state]);
    if (state === 'running' || row.operationId === null) return;
    await tx.query(`update operation set dispatch_at = $2 where id = $1 and state = 'in_progress'`, [row.operationId, this.clock.now()]);
    this.queue.wakeAfter(tx);
  }
}

/** The dry run that an operation waits for; null: it asks none. */
export async function dryRunOfOperation(tx: EntityManager, operationId: string): Promise<DryRunRow | null> {
  const [row] = await rowsOf<DryRunRow>(tx, `select ${COLUMNS} from dry_run where operation_id = $1 limit 1`, [operationId]);
  return row ?? null;
}
