import { Conflict, NotFound, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { lockFabricOf } from '../fabrics/lock-fabric.ts';
import type { OperationEntity } from '../operations/operation.entity.ts';
import { openOperations, OperationService } from '../operations/operation.service.ts';
import { Planner } from '../plans/planner.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { driftMachine } from '../state/drift-machine.ts';
import { DRIFT_COLUMNS, type DriftRow } from './drift-store.ts';

/** Puts drifted objects back as Git has them: an operation of its own, by force, on these objects alone. */
@Injectable()
export class RevertService {
  constructor(private readonly planner: Planner, private readonly operations: OperationService) {}

  /** @throws NotFound, or Conflict when the drift is over or an operation is in progress */
  async revert(tx: EntityManager, driftId: string): Promise<{ fabric: FabricEntity; operation: OperationEntity; drift: DriftRow }> {
    const [found] = await rowsOf<DriftRow>(tx, `select ${DRIFT_COLUMNS} from drift d where d.id = $1`, [driftId]);
    if (!found) throw new NotFound({ code: 'STATE-012', message: `There is no drift ${driftId}.`, remedy: 'List the drifts of the fabric.' });
    const fabric = await lockFabricOf(tx, found.fabricId);
    const [drift] = await rowsOf<DriftRow>(tx, `select ${DRIFT_COLUMNS} from drift d where d.id = $1`, [driftId]);
    driftMachine.assertAllowed(`of ${found.kind} ${found.name}`, drift!.state, 'reverting');
    if (await openOperations(tx, fabric.id) > 0) {
      throw new Conflict({ code: 'STATE-031', message: `An operation of fabric ${fabric.name} is in progress.`, remedy: 'Wait until it has ended, then revert; or cancel it.', retryAfterSeconds: 5 });
    }
    return { fabric, operation: await this.start(tx, fabric, new ObjectSet([found]), 'manual'), drift: drift! };
  }

  async start(tx: EntityManager, fabric: FabricEntity, keys: ObjectSet, trigger: 'manual' | 'self_heal'): Promise<OperationEntity> {
    const plan = await this.planner.planRevert(tx, fabric, keys);
    const operation = await this.operations.start(tx, fabric, { type: 'revert', trigger, request: { objects: keys.list(), prune: null }, plan });
    await tx.query(
      `update drift d set state = 'reverting', operation_id = $2, heal_at = null from jsonb_to_recordset($3::jsonb) as k(kind text, name text)
       where d.fabric_id = $1 and d.kind = k.kind and d.name = k.name and d.state = 'open'`, [fabric.id, operation.id, keys.json()]);
    return operation;
  }
}
