import { defineTask, OnTask, type TaskContext } from '@heddle/messaging';
import { Clock, Logger, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AlertKeeper } from '../alerts/alert-keeper.ts';
import { ApprovalStore } from '../approvals/approval-store.ts';
import { AgentService } from '../convergence/agent.service.ts';
import { fabricsWithDueProblems } from '../agent-health/problem-store.ts';
import { graceBefore } from '../operations/due-work.ts';
import { PlanQueue } from '../plans/plan-queue.ts';

/** The name is permanent: it stands in rows. */
export const masterCycle = defineTask({ type: 'fabric.master_cycle', queue: 'scheduler', payload: z.object({}), softLimitMs: 45_000, hardLimitMs: 120_000, everyMs: 60_000, retryDelaysMs: [] });

/**
 * Every minute a look at all fabrics: wakes what is due and was not taken, settles what switches told, ends requests for approval
 * that are outdated, and keeps the alerts.
 * What is due is found every second as well; this is the net below it. One run at a time, whatever the number of replicas.
 */
@Injectable()
export class MasterCycle {
  constructor(
    private readonly alerts: AlertKeeper, private readonly approvals: ApprovalStore, private readonly agents: AgentService, private readonly queue: PlanQueue, private readonly clock: Clock, private readonly logger: Logger,
  ) {}

  @OnTask(masterCycle)
  async run(_payload: object, { transaction, signal }: TaskContext): Promise<void> {
    const due = await transaction(async (tx) => {
      const [row] = await rowsOf<{ plans: string; operations: string }>(tx,
        `select (select count(*) from fabric where plan_due_at <= $1) as plans,
           (select count(*) from operation where (state = 'pending' and deadline <= $1) or (state = 'in_progress' and deadline <= $2)) as operations`, [this.clock.now(), graceBefore(this.clock.now())]);
      if (Number(row?.plans) + Number(row?.operations) > 0) this.queue.wakeAfter(tx);
      return { plans: Number(row?.plans), operations: Number(row?.operations) };
    });
    const fabrics = await transaction((tx) => fabricsWithDueProblems(tx, this.clock.now()));
    for (const id of fabrics) if (!signal.aborted) await transaction((tx) => this.agents.settleHealth(tx, id));
    await transaction((tx) => this.approvals.endOutdated(tx));
    const tally = await transaction((tx) => this.alerts.look(tx));
    this.logger.info('master cycle', { ...due, ...tally });
  }
}
