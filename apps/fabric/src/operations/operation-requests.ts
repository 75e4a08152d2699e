import type { OperationSummary, OperationView, Page } from '@heddle/contracts';
import type { operationList, operationStart } from '@heddle/contracts';
import { AuditTrail, Database, NotFound } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { z } from 'zod';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import { findFabric, lockFabricOf } from '../fabrics/lock-fabric.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { PlanEntity } from '../plans/plan.entity.ts';
import { OperationEnd } from './operation-end.ts';
import { operationSummaries, operationView } from './operation-view.ts';
import { OperationEntity } from './operation.entity.ts';
import { OperationService } from './operation.service.ts';

/** What people ask of operations. */
@Injectable()
export class OperationRequests {
  constructor(private readonly database: Database, private readonly operations: OperationService, private readonly end: OperationEnd, private readonly audit: AuditTrail) {}

  async start({ fabric: reference, planId, objects, prune, replace }: z.output<typeof operationStart.request>): Promise<OperationView> {
    return this.database.transaction(async (tx) => {
      const fabric = await lockFabricOf(tx, reference);
      const plan = planId === undefined ? null : await planOf(tx, planId);
      const operation = await this.operations.start(tx, fabric, { type: plan?.type ?? 'sync', trigger: 'manual', request: { objects: objects ?? null, prune: prune ?? null, replace: replace ?? null }, plan });
      await this.audit.append(tx, { action: 'operation.start', subject: `fabric/${fabric.name}`, outcome: 'done', details: { operationId: operation.id, planId: operation.planId, objects: objects?.length ?? null, prune: prune ?? null, replace: replace ?? null } });
      return operationView(tx, operation);
    });
  }

  async get(operationId: string): Promise<OperationView> {
    const { manager } = this.database.dataSource;
    return operationView(manager, await operationOf(manager, operationId));
  }

  async list({ fabric: reference, limit, cursor }: z.output<typeof operationList.request>): Promise<Page<OperationSummary>> {
    const { manager } = this.database.dataSource;
    const [at, id] = readCursor(cursor, 2);
    const query = manager.getRepository(OperationEntity).createQueryBuilder('o').orderBy('o.created_at', 'DESC').addOrderBy('o.id').limit(limit + 1);
    if (reference !== undefined) query.andWhere('o.fabric_id = :fabric', { fabric: (await findFabric(manager, reference)).id });
    if (at !== null) query.andWhere('o.created_at <= :at and (o.created_at < :at or o.id > :id)', { at, id });
    const rows = await query.getMany();
    const views = await operationSummaries(manager, rows.slice(0, limit));
    return pageOfRows(rows, limit, (row) => [row.createdAt.toISOString(), row.id], (row) => views.get(row.id) as OperationSummary);
  }

  async cancel(operationId: string): Promise<OperationView> {
    return this.database.transaction(async (tx) => {
      const fabric = await lockFabricOf(tx, (await operationOf(tx, operationId)).fabricId);
      const operation = await operationOf(tx, operationId);
      await this.end.cancel(tx, fabric, operation, 'Cancelled by request.');
      await this.audit.append(tx, { action: 'operation.cancel', subject: `operation/${operation.id}`, outcome: 'done', details: { fabric: fabric.name, number: operation.number } });
      return operationView(tx, operation);
    });
  }

  /** Maintenance and decommissioning suspend everything: what waits is cancelled, what is in progress is taken back. */
  async cancelAll(tx: EntityManager, fabric: FabricEntity, message: string): Promise<void> {
    for (const operation of await tx.getRepository(OperationEntity).findBy({ fabricId: fabric.id, state: In(['pending', 'in_progress']) })) await this.end.cancel(tx, fabric, operation, message);
  }
}

async function operationOf(tx: EntityManager, id: string): Promise<OperationEntity> {
  const operation = await tx.getRepository(OperationEntity).findOneBy({ id });
  if (operation) return operation;
  throw new NotFound({ code: 'STATE-013', message: `There is no operation ${id}.`, remedy: 'List the operations of the fabric.' });
}

async function planOf(tx: EntityManager, id: string): Promise<PlanEntity> {
  const plan = await tx.getRepository(PlanEntity).findOneBy({ id });
  if (plan) return plan;
  throw new NotFound({ code: 'STATE-014', message: `There is no plan ${id}.`, remedy: 'Make a plan of the fabric.' });
}
