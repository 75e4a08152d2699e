import { HEARTBEAT_FRESH_MS } from '@heddle/hedgehog';
import { Background, Clock, Database, describeError, Logger, sleep } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { fabricsWithDueProblems } from '../agent-health/problem-store.ts';
import { AgentService } from '../convergence/agent.service.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { silentFabrics } from './due-work.ts';
import { FabricWorker } from './fabric-worker.ts';

/** What this process wakes itself for comes at once; what others leave behind is found by looking. */
const LOOK_EVERY_MS = 1_000;
const HEARTBEATS_EVERY_MS = 5_000;

/** Keeps the fabrics going: due plans and operations, silent Agents. */
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
    const due = await fabricsWithDueProblems(this.database.dataSource.manager, this.clock.now());
    for (const id of due) await this.database.transaction((tx) => this.agents.settleHealth(tx, id));
  }
}
