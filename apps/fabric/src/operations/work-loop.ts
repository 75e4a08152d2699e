import { HEARTBEAT_FRESH_MS } from '@heddle/hedgehog';
import { Background, Clock, Database, describeError, Logger, sleep } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AgentService } from '../convergence/agent.service.ts';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { dropPartitions, ensurePartitions } from '../resources/history.ts';
import { pruneManifests } from '../resources/manifests.ts';
import { silentFabrics } from './due-work.ts';
import { FabricWorker } from './fabric-worker.ts';

/** What this process wakes itself for comes at once; what others leave behind is found by looking. */
const LOOK_EVERY_MS = 1_000;
const HEARTBEATS_EVERY_MS = 5_000;
const HOUSEKEEPING_EVERY_MS = 3_600_000;
const DAYS_AHEAD = 3;
const HISTORY_DAYS = 90;

/** Keeps the fabrics going: due plans and operations, silent Agents, partitions. */
@Injectable()
export class WorkLoop implements OnApplicationBootstrap {
  #wake = new AbortController();

  constructor(
    private readonly background: Background, private readonly worker: FabricWorker, private readonly queue: PlanQueue,
    private readonly agents: AgentService, private readonly database: Database, private readonly clock: Clock, private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.queue.onWork(() => this.#wake.abort());
    this.background.start('fabric work', (signal) => this.run(signal));
    this.background.every('agent heartbeats', HEARTBEATS_EVERY_MS, () => this.expireHeartbeats());
    this.background.every('housekeeping', HOUSEKEEPING_EVERY_MS, () => this.keepHouse());
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      try {
        while (!signal.aborted && await this.worker.workOnce());
      } catch (error) {
        this.logger.warn('fabric work failed', { error: describeError(error) });
        await sleep(LOOK_EVERY_MS, signal);
      }
      await sleep(LOOK_EVERY_MS, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  async expireHeartbeats(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - HEARTBEAT_FRESH_MS);
    const fabrics = await silentFabrics(this.database.dataSource.manager, before);
    for (const id of fabrics) await this.database.transaction((tx) => this.agents.expire(tx, id));
  }

  async keepHouse(): Promise<void> {
    await this.database.transaction(async (tx) => { await ensurePartitions(tx, this.clock.now(), DAYS_AHEAD); });
    await this.database.transaction((tx) => dropPartitions(tx, this.clock.now(), HISTORY_DAYS));
    await this.database.transaction(async (tx) => {
      // Longer than any message can wait to be tried again: an older sighting must not bring an object back.
      await tx.query(`delete from resource where state = 'deleted' and since < now() - interval '8 days' and desired_hash is null and live_hash is null and gone_hash is null`);
      await tx.query(`delete from revision_chunk where received_at < now() - interval '1 day'`);
      // Plans, operations with their steps and drifts that are over; the last operation of a fabric stays.
      await tx.query(`delete from operation o where o.finished_at < now() - interval '${HISTORY_DAYS} days' and o.number < (select operation_number from fabric f where f.id = o.fabric_id)`);
      await tx.query(`delete from drift where state = 'resolved' and resolved_at < now() - interval '${HISTORY_DAYS} days'`);
      await tx.query(`delete from plan p where p.created_at < now() - interval '30 days' and not exists (select from operation o where o.plan_id = p.id)`);
    });
    for (const { id } of await this.database.query<{ id: string }>('select id from fabric order by id')) {
      while (await this.database.transaction(async (tx) => (await lockFabric(tx, id) ? pruneManifests(tx, id) : 0)) > 0);
    }
  }
}
