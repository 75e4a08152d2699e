import { defineTask, OnTask, type TaskContext, Tasks } from '@heddle/messaging';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { FabricEntity } from '../fabrics/fabric.entity.ts';
import { FabricLifecycle } from '../fabrics/fabric-lifecycle.ts';
import { isLive, readFreshness } from '../fabrics/freshness.ts';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { watchedHash } from '../fabrics/watched-kinds.ts';
import { ComplianceService } from '../findings/compliance.service.ts';
import { ObjectSet } from '../resources/object-ref.ts';
import { ReviewService } from '../resources/review.service.ts';

/** The names are permanent: they stand in rows. */
export const checkFabrics = defineTask({ type: 'fabric.check_fabrics', queue: 'scheduler', payload: z.object({}), softLimitMs: 30_000, hardLimitMs: 60_000, everyMs: 300_000, retryDelaysMs: [] });
export const checkFabric = defineTask({ type: 'fabric.check', queue: 'micro', payload: z.object({ fabricId: z.uuid() }), softLimitMs: 60_000, hardLimitMs: 120_000, retryDelaysMs: [30_000] });

const PAGE = 500;

/** What a look at a fabric found. */
interface CheckResult { at: string; result: 'ok' | 'attention'; message: string }

/** Every five minutes each fabric is looked over: source, cluster, watches, and what differs is counted and judged anew. */
@Injectable()
export class FabricCheck {
  constructor(
    private readonly tasks: Tasks, private readonly lifecycle: FabricLifecycle, private readonly review: ReviewService, private readonly compliance: ComplianceService, private readonly clock: Clock,
  ) {}

  @OnTask(checkFabrics)
  async all(_payload: object, { transaction }: TaskContext): Promise<void> {
    await transaction(async (tx) => {
      for (const { id } of await rowsOf<{ id: string }>(tx, `select id from fabric where state = 'active' order by id`)) {
        await this.tasks.add(tx, checkFabric, { fabricId: id }, { fairKey: id, key: `${id} ${Math.floor(this.clock.now().getTime() / 300_000)}` });
      }
    });
  }

  @OnTask(checkFabric)
  async one({ fabricId }: { fabricId: string }, { transaction, signal }: TaskContext): Promise<void> {
    let after: { kind: string; name: string } | null = { kind: '', name: '' };
    let differing = 0;
    while (after && !signal.aborted) {
      const from: { kind: string; name: string } = after;
      const page: { kind: string; name: string }[] = await transaction((tx) => this.recount(tx, fabricId, from));
      differing += page.length;
      after = page.length === PAGE ? page.at(-1)! : null;
    }
    await transaction((tx) => this.conclude(tx, fabricId, differing));
  }

  /** A page of what differs between Git, cluster and inventory, and of open drifts: judged anew from what is stored. */
  private async recount(tx: EntityManager, fabricId: string, after: { kind: string; name: string }): Promise<{ kind: string; name: string }[]> {
    const fabric = await lockFabric(tx, fabricId);
    if (fabric?.state !== 'active') return [];
    const page = await rowsOf<{ kind: string; name: string }>(tx,
      `select kind, name from resource where fabric_id = $1 and (desired_hash is distinct from live_hash or desired_hash is distinct from base_hash) and (live_hash is not null or desired_hash is not null)
         and (kind, name) > ($2, $3) order by kind, name limit ${PAGE}`, [fabricId, after.kind, after.name]);
    const keys = new ObjectSet(page);
    await this.compliance.check(tx, fabricId, keys);
    await this.review.review(tx, fabric, keys, { at: this.clock.now(), actor: null, commit: fabric.revision?.commit ?? null, operationId: null });
    return page;
  }

  private async conclude(tx: EntityManager, fabricId: string, differing: number): Promise<void> {
    const fabric = await lockFabric(tx, fabricId);
    if (fabric?.state !== 'active') return;
    const freshness = (await readFreshness(tx, [fabric])).get(fabricId)!;
    const [row] = await rowsOf<{ drifts: string }>(tx, `select count(*) as drifts from drift where fabric_id = $1 and state <> 'resolved'`, [fabricId]);
    const faults = [
      ...(fabric.source.state === 'failing' ? [`source ${fabric.source.reason}`] : []), ...(fabric.connection.state === 'connected' ? [] : [`cluster ${fabric.connection.reason}`]),
      ...freshness.watches.filter((watch) => !isLive(watch)).map(({ kind, reason }) => `watch of ${kind} ${reason}`),
    ];
    // A release that reads other fields of the cluster tells k8s-sync so.
    if (fabric.watched !== watchedHash) await this.lifecycle.watchCluster(tx, fabric, true);
    const check: CheckResult = { at: this.clock.now().toISOString(), result: faults.length === 0 ? 'ok' : 'attention', message: `${differing} object(s) differ, ${Number(row?.drifts)} drift(s) open${faults.length > 0 ? `; ${faults.join(', ')}` : ''}.` };
    await tx.getRepository(FabricEntity).update(fabricId, { lastCheck: check });
  }
}
