import { rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { OperationEnd } from './operation-end.ts';
import { OperationEntity } from './operation.entity.ts';

/** Deletes that are on their way and that nobody wants any more: while a cluster is out of reach they wait for minutes. */
@Injectable()
export class UnwantedDeletes {
  constructor(private readonly end: OperationEnd) {}

  /**
   * Takes back the operation in progress when it still has to delete what Git asks for again; or anything at all, while
   * the directory is `unreadable`. What is left of its work is planned anew.
   */
  async afterRevision(tx: EntityManager, fabric: FabricEntity, unreadable: boolean): Promise<void> {
    const message = unreadable ? 'It deletes objects, and a document of the directory can\'t be read now.' : 'It deletes objects that Git has again.';
    await this.takeBack(tx, fabric, unreadable ? 'true' : 'exists (select from resource r where r.fabric_id = s.fabric_id and r.kind = s.kind and r.name = s.name and r.desired_hash is not null)', message);
  }

  /** Prune was switched off: only an operation that was told to prune by itself goes on. */
  async afterPruneOff(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    await this.takeBack(tx, fabric, `o.request->>'prune' is distinct from 'true'`, 'It deletes objects, and prune was switched off.');
  }

  private async takeBack(tx: EntityManager, fabric: FabricEntity, condition: string, message: string): Promise<void> {
    const [row] = await rowsOf<{ id: string }>(tx,
      `select o.id from operation o join step s on s.operation_id = o.id
       where o.fabric_id = $1 and o.state = 'in_progress' and o.reason <> 'CancelRequested' and s.action = 'delete' and s.state in ('planned', 'sent', 'retry') and ${condition} limit 1`, [fabric.id]);
    const operation = row && await tx.getRepository(OperationEntity).findOneBy({ id: row.id });
    if (operation) await this.end.cancel(tx, fabric, operation, message);
  }
}
