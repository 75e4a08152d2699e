import { Outbox } from '@heddle/messaging';
import { rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { PlanEntity } from '../plans/plan.entity.ts';
import { isCurrent } from '../plans/planner.ts';
import { OperationEnd } from './operation-end.ts';
import { OperationEntity } from './operation.entity.ts';

/** What is on its way, or waits for its turn, and that nobody wants any more: while a cluster is out of reach it waits for minutes. */
@Injectable()
export class UnwantedSteps {
  constructor(private readonly end: OperationEnd, private readonly outbox: Outbox) {}

  /**
   * After Git asks for something else: takes back the operation in progress when it still has to delete what Git has
   * again; or anything at all, while the directory is `unreadable`. Of the others only those writes are taken back that
   * would bring another version than the one Git has by now. What was sent finishes; what is left is planned anew.
   */
  async afterRevision(tx: EntityManager, fabric: FabricEntity, unreadable: boolean): Promise<void> {
    const message = unreadable ? 'It deletes objects, and a document of the directory can\'t be read now.' : 'It deletes objects that Git has again.';
    await this.takeBack(tx, fabric, unreadable ? 'true' : 'exists (select from resource r where r.fabric_id = s.fabric_id and r.kind = s.kind and r.name = s.name and r.desired_hash is not null)', message);
    await this.withdrawWrites(tx, fabric);
    await this.supersedePending(tx, fabric);
  }

  /** Prune was switched off: only an operation that was told to prune by itself goes on. */
  async afterPruneOff(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    await this.takeBack(tx, fabric, `o.request->>'prune' is distinct from 'true'`, 'It deletes objects, and prune was switched off.');
  }

  /** What is deleted to be made again is not taken back half-way. */
  private async takeBack(tx: EntityManager, fabric: FabricEntity, condition: string, message: string): Promise<void> {
    const [row] = await rowsOf<{ id: string }>(tx,
      `select o.id from operation o join step s on s.operation_id = o.id
       where o.fabric_id = $1 and o.state = 'in_progress' and o.reason <> 'CancelRequested' and s.action = 'delete' and s.state in ('planned', 'sent', 'retry')
         and not exists (select from step again where again.operation_id = s.operation_id and again.kind = s.kind and again.name = s.name and again.action = 'create') and ${condition} limit 1`, [fabric.id]);
    const operation = row && await tx.getRepository(OperationEntity).findOneBy({ id: row.id });
    if (operation) await this.end.cancel(tx, fabric, operation, message);
  }

  /** Writes of a version that Git has left behind. An unchanged step before them goes on. */
  private async withdrawWrites(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    const rows = await rowsOf<{ operationId: string; stepId: string; isPlanned: boolean }>(tx,
      `select o.id as "operationId", s.step_id as "stepId", s.state = 'planned' as "isPlanned" from operation o join step s on s.operation_id = o.id
       left join resource r on r.fabric_id = s.fabric_id and r.kind = s.kind and r.name = s.name
       where o.fabric_id = $1 and o.state = 'in_progress' and o.reason <> 'CancelRequested' and s.desired_hash is not null and s.state in ('planned', 'sent', 'retry')
         and r.desired_hash is distinct from s.desired_hash order by s.ordinal`, [fabric.id]);
    const [first] = rows;
    if (!first) return;
    const operation = await tx.getRepository(OperationEntity).findOneByOrFail({ id: first.operationId });
    const reason = `The revision ${fabric.revision?.commit ?? ''} asks for something else.`;
    const sent = rows.filter(({ isPlanned }) => !isPlanned).map(({ stepId }) => stepId);
    for (let at = 0; at < sent.length; at += IDS_A_MESSAGE) {
      await this.outbox.add(tx, 'steps.cancel', { fabricId: fabric.id, operationId: operation.id, reason, stepIds: sent.slice(at, at + IDS_A_MESSAGE) }, { fabricId: fabric.id });
    }
    await this.end.withdraw(tx, fabric, operation, rows.filter(({ isPlanned }) => isPlanned).map(({ stepId }) => ({ stepId, reason: 'Superseded', message: reason })));
  }

  /** What has not begun: a plan of before holds no more; a plain sync is what automatic sync does by itself now. */
  private async supersedePending(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    const pending = await tx.getRepository(OperationEntity).findBy({ fabricId: fabric.id, state: 'pending' });
    const plans = new Map((await tx.getRepository(PlanEntity).findBy({ id: In(pending.flatMap(({ planId }) => planId ?? [])) })).map((plan) => [plan.id, plan]));
    for (const operation of pending) {
      const plan = operation.planId === null ? null : plans.get(operation.planId);
      const isPlain = operation.planId === null && operation.request.objects === null && operation.request.prune === null && fabric.automaticSync;
      if (!isPlain && (!plan || isCurrent(plan, fabric))) continue;
      await this.end.close(tx, fabric, operation, {
        state: 'superseded', reason: 'RevisionSuperseded',
        message: isPlain ? `The revision ${fabric.revision?.commit ?? ''} came before its turn; automatic sync carries it out.` : `The revision ${fabric.revision?.commit ?? ''} came before its turn; its plan holds no more.`,
      });
    }
  }
}

/** A message is at most 256 KB: a step's id has up to 330 characters. */
const IDS_A_MESSAGE = 500;
