import { Conflict, Logger } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { countDiffering, SyncStates } from '../fabrics/change-sync.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { Planner } from '../plans/planner.ts';
import { OperationService } from './operation.service.ts';

/** The sync that nobody asked for: a new revision, a retry, a cluster that was read for the first time. */
@Injectable()
export class AutomaticSync {
  constructor(
    private readonly planner: Planner, private readonly queue: PlanQueue, private readonly operations: OperationService, private readonly sync: SyncStates, private readonly logger: Logger,
  ) {}

  async plan(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    await this.queue.forget(tx, fabric);
    if (fabric.state !== 'active' || !fabric.automaticSync) return;
    try {
      const request = { objects: null, prune: null };
      const plan = await this.planner.planSync(tx, fabric, request);
      if (plan.body.steps.length > 0) await this.operations.start(tx, fabric, { type: 'sync', trigger: 'automatic', request, plan });
      else await this.nothingToDo(tx, fabric);
    } catch (error) {
      // The first whole list of the last missing kind makes the plan wanted again.
      if (!(error instanceof Conflict)) throw error;
      this.logger.info('plan put off', { fabricId: fabric.id, code: error.code, reason: error.message });
    }
  }

  /** Nothing can be done: in sync, or all that differs is kept back. */
  private async nothingToDo(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    if (fabric.syncState === 'in_sync' || fabric.syncState === 'out_of_sync') return;
    await this.sync.change(tx, fabric, 'in_sync', 'NothingToDo', 'Nothing had to be done.');
    const kept = await countDiffering(tx, fabric);
    if (kept > 0) await this.sync.change(tx, fabric, 'out_of_sync', 'Withheld', `${kept} object(s) differ and are kept back; a plan says why.`);
    await this.sync.refresh(tx, fabric);
  }
}
