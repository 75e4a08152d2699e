import { systemActor } from '@heddle/contracts';
import { Clock, Conflict, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import type { OperationEntity } from '../operations/operation.entity.ts';
import { openOperations, OperationService } from '../operations/operation.service.ts';
import { Planner } from '../plans/planner.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { DRIFT_COLUMNS, type DriftRow } from './drift-store.ts';
import { writeVerdicts } from './verdict-store.ts';

/** Puts drifted objects back as Git has them: an operation of its own, by force, on these objects alone. The fabric is locked by the caller. */
@Injectable()
export class RevertService {
  constructor(private readonly planner: Planner, private readonly operations: OperationService, private readonly clock: Clock) {}

  /** A person's verdict, on drifts that may be reverted. @throws Conflict when an operation is in progress */
  async revert(tx: EntityManager, fabric: FabricEntity, drifts: readonly DriftRow[], reason: string): Promise<OperationEntity> {
    if (await openOperations(tx, fabric.id) > 0) {
      throw new Conflict({ code: 'STATE-031', message: `An operation of fabric ${fabric.name} is in progress.`, remedy: 'Wait until it has ended, then revert; or cancel it.', retryAfterSeconds: 5 });
    }
    const operation = await this.start(tx, fabric, drifts, 'manual');
    await writeVerdicts(tx, this.clock.now(), drifts, { verdict: 'revert', reason, operationId: operation.id });
    return operation;
  }

  /** What the fabric's policies put back by themselves and is due. */
  async heal(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    const due = await rowsOf<DriftRow>(tx, `select ${DRIFT_COLUMNS} from drift d where d.fabric_id = $1 and d.state = 'open' and d.heal_at <= $2 order by d.kind, d.name`, [fabric.id, this.clock.now()]);
    if (due.length === 0) return;
    const operation = await this.start(tx, fabric, due, 'self_heal');
    await writeVerdicts(tx, this.clock.now(), due, { verdict: 'revert', reason: 'The drift policy is always_revert.', operationId: operation.id, actor: systemActor('fabric') });
  }

  private async start(tx: EntityManager, fabric: FabricEntity, drifts: readonly DriftRow[], trigger: 'manual' | 'self_heal'): Promise<OperationEntity> {
    const keys = new ObjectSet(drifts);
    const plan = await this.planner.planRevert(tx, fabric, keys);
    const operation = await this.operations.start(tx, fabric, { type: 'revert', trigger, request: { objects: keys.list(), prune: null }, plan });
    await tx.query(
      `update drift set state = 'reverting', operation_id = $2, heal_at = null, snoozed_until = null, snooze_reason = null where id = any($1::uuid[]) and state in ('open', 'snoozed')`, [drifts.map(({ id }) => id), operation.id]);
    return operation;
  }
}
