import { Clock } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type EntityManager, LessThanOrEqual } from 'typeorm';
import { RevertService } from '../drifts/revert.service.ts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { AutomaticSync } from './automatic-sync.ts';
import { Dispatcher } from './dispatcher.ts';
import { graceBefore } from './due-work.ts';
import { OperationEnd } from './operation-end.ts';
import { OperationEntity } from './operation.entity.ts';
import { OperationService } from './operation.service.ts';

/** Decides what of a locked fabric is to be done next, and does it: one thing a turn. */
@Injectable()
export class FabricTurn {
  constructor(
    private readonly clock: Clock, private readonly operations: OperationService, private readonly end: OperationEnd,
    private readonly automatic: AutomaticSync, private readonly reverts: RevertService, private readonly dispatcher: Dispatcher,
  ) {}

  async work(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    const expired = await tx.getRepository(OperationEntity).findBy([
      { fabricId: fabric.id, state: 'pending', deadline: LessThanOrEqual(this.clock.now()) },
      { fabricId: fabric.id, state: 'in_progress', deadline: LessThanOrEqual(graceBefore(this.clock.now())) },
    ]);
    if (expired.length > 0) {
      for (const operation of expired) await this.end.expire(tx, fabric, operation);
      return;
    }
    const held = await tx.getRepository(OperationEntity).findOneBy({ fabricId: fabric.id, state: 'in_progress', dispatchAt: LessThanOrEqual(this.clock.now()) });
    if (held) return this.dispatcher.dispatchRest(tx, fabric, held);
    const waiting = await tx.getRepository(OperationEntity).find({ where: { fabricId: fabric.id, state: 'pending' }, order: { number: 'ASC' }, take: 1 });
    if (waiting[0]) return this.operations.takeTurn(tx, fabric, waiting[0]);
    if (fabric.planDueAt && fabric.planDueAt <= this.clock.now()) return this.automatic.plan(tx, fabric);
    await this.reverts.heal(tx, fabric);
  }
}
