import { type MessageData, systemActor } from '@heddle/contracts';
import { rowsOf } from '@heddle/platform';
import { Clock } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ConvergenceService } from '../convergence/convergence.service.ts';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { ComplianceService } from '../findings/compliance.service.ts';
import { ValidationService } from '../findings/validation.service.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';
import { joinSets } from '../resources/table-statistics.ts';
import { itemOfObserved } from './live-item.ts';
import { type LiveChange, LiveStore } from './live-store.ts';
import { heardOf, markListed, takeSnapshotChunk } from './watch-store.ts';

/** For so long after a change of the cluster, lists are believed whatever their versions. */
const CLUSTER_NEW_MS = 600_000;

/** Takes in what k8s-sync sees of the managed kinds. */
@Injectable()
export class ObservationService {
  constructor(
    private readonly live: LiveStore, private readonly validation: ValidationService, private readonly convergence: ConvergenceService,
    private readonly review: ReviewService, private readonly queue: PlanQueue, private readonly compliance: ComplianceService, private readonly clock: Clock,
  ) {}

  async observe(tx: EntityManager, data: MessageData<'objects.observed'>): Promise<void> {
    const fabric = await lockFabric(tx, data.fabricId);
    if (!fabric || fabric.state === 'decommissioned') return;
    if (!await heardOf(tx, data)) return;
    await joinSets(tx, data.items.length);
    const anyVersion = data.snapshot !== undefined && this.isClusterNew(fabric);
    const sighting = { type: 'watch' as const, epoch: data.watchEpoch, sequence: data.sequence, observedAt: new Date(data.observedAt), anyVersion };
    const change = await this.live.write(tx, fabric, data.items.map((item) => itemOfObserved(data.kind, item)), sighting);
    await this.absorb(tx, fabric, change);
    const whole = await takeSnapshotChunk(tx, data);
    if (!whole) return;
    const listed = { type: 'watch' as const, epoch: whole.epoch, sequence: whole.sequence, observedAt: whole.observedAt, anyVersion };
    const gone = await this.live.vanished(tx, fabric.id, data.kind, whole.names, whole.resourceVersion, listed);
    await this.absorb(tx, fabric, await this.live.write(tx, fabric, gone, { ...listed, sequence: whole.sequence }));
    if (await markListed(tx, fabric.id, data.kind, whole)) await this.firstListed(tx, fabric, data.kind);
  }

  /** What follows from another live picture: rules, convergence, states, and that plans made before it are outdated. */
  async absorb(tx: EntityManager, fabric: FabricEntity, { changed, indexed }: LiveChange, operation?: { id: string; commit: string | null }): Promise<void> {
    if (changed.size === 0) return;
    const touched = new ObjectSet(changed.list()).add((await this.validation.indexAndValidate(tx, fabric.id, indexed)).list());
    touched.add((await this.validation.validateChanging(tx, fabric.id, changed)).list());
    await this.compliance.check(tx, fabric.id, touched);
    fabric.liveVersion += 1;
    await tx.update(FabricEntity, fabric.id, { liveVersion: fabric.liveVersion });
    touched.add((await this.convergence.assessAround(tx, fabric, changed)).list());
    await this.review.review(tx, fabric, touched, { at: this.clock.now(), actor: operation ? systemActor('fabric') : null, commit: operation?.commit ?? fabric.revision?.commit ?? null, operationId: operation?.id ?? null });
  }

  /** What the watch of the cluster before had still to say may have come in: lists of the new one overrule it. */
  private isClusterNew({ clusterSince }: FabricEntity): boolean {
    return clusterSince !== null && this.clock.now().getTime() - clusterSince.getTime() < CLUSTER_NEW_MS;
  }

  /** Now it is known which objects of the kind don't exist: who names one, and what a plan makes of it. */
  private async firstListed(tx: EntityManager, fabric: FabricEntity, kind: string): Promise<void> {
    const naming = new ObjectSet(await rowsOf<{ kind: string; name: string }>(tx, 'select distinct from_kind as kind, from_name as name from reference where fabric_id = $1 and to_kind = $2', [fabric.id, kind]));
    await this.validation.validate(tx, fabric.id, naming);
    await this.compliance.check(tx, fabric.id, naming);
    await this.review.review(tx, fabric, naming, { at: this.clock.now(), actor: null, commit: fabric.revision?.commit ?? null, operationId: null });
    await this.queue.wantAutomatic(tx, fabric);
  }
}
