import type { ResourceObject } from '@heddle/hedgehog';
import { Outbox } from '@heddle/messaging';
import { Clock, Ids } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';
import type { PlanEntity } from '../plans/plan.entity.ts';
import { readManifests } from '../resources/manifests.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { joinLargeSets, TableStatistics } from '../resources/table-statistics.ts';
import { chunkSteps } from './chunk-steps.ts';
import type { OperationEntity } from './operation.entity.ts';
import { stepMessage } from './step-message.ts';
import { insertSteps } from './step-store.ts';

/** Hands the whole graph of an operation to k8s-sync, in the transaction that marks its objects as being written. */
@Injectable()
export class Dispatcher {
  constructor(
    private readonly outbox: Outbox, private readonly clock: Clock, private readonly ids: Ids, private readonly review: ReviewService, private readonly statistics: TableStatistics,
  ) {}

  async dispatch(tx: EntityManager, fabric: FabricEntity, operation: OperationEntity, plan: PlanEntity): Promise<void> {
    const { steps } = plan.body;
    const keys = new ObjectSet(steps);
    await joinLargeSets(tx, keys.size);
    this.statistics.grown(tx, steps.length);
    await insertSteps(tx, operation.id, fabric.id, steps);
    await tx.query(
      `update resource r set in_flight = $2 from jsonb_to_recordset($3::jsonb) as k(kind text, name text) where r.fabric_id = $1 and r.kind = k.kind and r.name = k.name`,
      [fabric.id, operation.id, keys.json()]);
    const documents = await readManifests<ResourceObject>(tx, fabric.id, steps.map(({ rawHash }) => rawHash));
    const chunks = chunkSteps(steps.map((step) => stepMessage(step, documents)));
    const jobId = this.ids.uuid();
    await this.outbox.addMany(tx, chunks.map((part, index) => ({
      type: 'steps.apply' as const, options: { fabricId: fabric.id },
      data: {
        fabricId: fabric.id, operationId: operation.id, operationNumber: operation.number, jobId, chunk: index + 1, chunks: chunks.length,
        deadline: operation.deadline.toISOString(), steps: part,
      },
    })));
    await this.review.review(tx, fabric, keys, { at: this.clock.now(), actor: operation.actor, commit: plan.commit, operationId: operation.id });
  }
}
