import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { ValidationService } from '../findings/validation.service.ts';
import { OperationEnd } from '../operations/operation-end.ts';
import { OperationEntity } from '../operations/operation.entity.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { FabricEntity } from './fabric.entity.ts';

/**
 * The fabric has another cluster now: what was seen of the one before, and what Heddle had applied there, says nothing
 * of this one. Without a base nothing is ever deleted; the first lists say what is there.
 */
@Injectable()
export class ClusterReset {
  constructor(
    private readonly clock: Clock, private readonly validation: ValidationService, private readonly review: ReviewService, private readonly end: OperationEnd, private readonly queue: PlanQueue,
  ) {}

  async reset(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    for (const operation of await tx.getRepository(OperationEntity).findBy({ fabricId: fabric.id, state: In(['pending', 'in_progress']) })) {
      await this.end.abandon(tx, fabric, operation, { reason: 'ClusterChanged', message: 'The fabric was given another cluster.', remedy: 'Look at a plan for the new cluster, then sync again.' });
    }
    const foreign = await rowsOf<{ kind: string; name: string }>(tx, 'select kind, name from resource where fabric_id = $1 and live_hash is not null and desired_hash is null', [fabric.id]);
    await forget(tx, fabric.id);
    Object.assign(fabric, { liveVersion: fabric.liveVersion + 1, desiredVersion: fabric.desiredVersion + 1, clusterSince: this.clock.now(), planTry: 0 });
    await tx.update(FabricEntity, fabric.id, { liveVersion: fabric.liveVersion, desiredVersion: fabric.desiredVersion, clusterSince: fabric.clusterSince, planTry: 0 });
    const touched = await this.validation.indexAndValidate(tx, fabric.id, foreign.map(({ kind, name }) => ({ kind, name, object: null })));
    const all = await rowsOf<{ kind: string; name: string }>(tx, 'select kind, name from resource where fabric_id = $1', [fabric.id]);
    await this.review.review(tx, fabric, new ObjectSet(all).add(touched.list()), { at: this.clock.now(), actor: null, commit: fabric.revision?.commit ?? null, operationId: null });
    await this.queue.wantAutomatic(tx, fabric);
  }
}

async function forget(tx: EntityManager, fabricId: string): Promise<void> {
  await tx.query(
    `update resource set live_hash = null, live_full_hash = null, base_hash = null, gone_hash = null, uid = null, resource_version = null, generation = null, live_epoch = 0, live_sequence = 0, live_at = null,
       deleting_since = null, finalizers = '{}', managed = false, in_flight = null, failure = null, switches = 'unknown', switches_reason = 'SwitchesUnknown', switches_message = '',
       carried = '{}', concerned = '{}', waiting_for = '{}', applied_at = null, converged_at = null
     where fabric_id = $1`, [fabricId]);
  for (const table of ['live_managers', 'agent', 'agent_gone', 'watch', 'snapshot_chunk']) await tx.query(`delete from ${table} where fabric_id = $1`, [fabricId]);
}
