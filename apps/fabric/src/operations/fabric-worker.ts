import { Clock, Conflict, Database, Ids, Logger, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In, LessThanOrEqual } from 'typeorm';
import { countDiffering, SyncStates } from '../fabrics/change-sync.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { Planner } from '../plans/planner.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { TableStatistics } from '../resources/table-statistics.ts';
import { RevertService } from '../drifts/revert.service.ts';
import { resumeContext } from '../telemetry/stored-context.ts';
import { lockDueFabric } from './due-work.ts';
import { OperationEnd } from './operation-end.ts';
import { OperationEntity } from './operation.entity.ts';
import { OperationService } from './operation.service.ts';

/** Does what is due of one fabric at a time, each in a transaction of its own. Any number of replicas may do so at once. */
@Injectable()
export class FabricWorker {
  constructor(
    private readonly database: Database, private readonly clock: Clock, private readonly ids: Ids, private readonly planner: Planner,
    private readonly queue: PlanQueue, private readonly operations: OperationService, private readonly end: OperationEnd,
    private readonly reverts: RevertService, private readonly sync: SyncStates, private readonly logger: Logger,
    private readonly statistics: TableStatistics,
  ) {}

  /** @returns whether there was something to do */
  async workOnce(): Promise<boolean> {
    await this.statistics.refresh();
    return this.database.transaction(async (tx) => {
      const id = await lockDueFabric(tx, this.clock.now());
      const fabric = id === null ? null : await lockFabric(tx, id);
      if (!fabric) return false;
      await resumeContext(fabric.planContext, 'fabric.work', fabric.id, this.ids.uuid(), () => this.work(tx, fabric));
      return true;
    });
  }

  private async work(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    const expired = await tx.getRepository(OperationEntity).findBy({ fabricId: fabric.id, state: In(['pending', 'in_progress']), deadline: LessThanOrEqual(this.clock.now()) });
    if (expired.length > 0) {
      for (const operation of expired) await this.end.expire(tx, fabric, operation);
      return;
    }
    const waiting = await tx.getRepository(OperationEntity).find({ where: { fabricId: fabric.id, state: 'pending' }, order: { number: 'ASC' }, take: 1 });
    if (waiting[0]) return this.operations.takeTurn(tx, fabric, waiting[0]);
    if (fabric.planDueAt && fabric.planDueAt <= this.clock.now()) return this.planAutomatic(tx, fabric);
    await this.heal(tx, fabric);
  }

  private async planAutomatic(tx: EntityManager, fabric: FabricEntity): Promise<void> {
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
  }

  private async heal(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    const due = new ObjectSet(await rowsOf<{ kind: string; name: string }>(tx, `select kind, name from drift where fabric_id = $1 and state = 'open' and heal_at <= $2`, [fabric.id, this.clock.now()]));
    if (due.size > 0) await this.reverts.start(tx, fabric, due, 'self_heal');
  }
}
