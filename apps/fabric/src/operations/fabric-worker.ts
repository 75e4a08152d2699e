import { Clock, Database, describeError, Ids, Logger } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { TableStatistics } from '../resources/table-statistics.ts';
import { resumeContext } from '../telemetry/stored-context.ts';
import { claimDueFabric } from './due-work.ts';
import { FabricTurn } from './fabric-turn.ts';

/** A fabric whose work failed rests for so long: it must not keep the others from their turn. */
const REST_MS = 5_000;

/** Does what is due of one fabric at a time, each in a transaction of its own. Any number of replicas may do so at once. */
@Injectable()
export class FabricWorker {
  readonly #resting = new Map<string, number>();

  constructor(
    private readonly database: Database, private readonly clock: Clock, private readonly ids: Ids, private readonly statistics: TableStatistics, private readonly turn: FabricTurn,
    private readonly logger: Logger,
  ) {}

  /** @returns whether there was something to do */
  async workOnce(): Promise<boolean> {
    await this.statistics.refresh();
    let id: string | null = null;
    try {
      return await this.database.transaction(async (tx) => {
        id = await claimDueFabric(tx, this.clock.now(), this.resting());
        const fabric = id === null ? null : await lockFabric(tx, id);
        if (!fabric) return false;
        await resumeContext(fabric.planContext, 'fabric.work', fabric.id, this.ids.uuid(), () => this.turn.work(tx, fabric));
        return true;
      });
    } catch (error) {
      if (id === null) throw error;
      this.#resting.set(id, this.clock.monotonicMs() + REST_MS);
      this.logger.error('work on a fabric failed', { fabricId: id, error: describeError(error) });
      return true;
    }
  }

  private resting(): string[] {
    for (const [id, until] of this.#resting) if (until <= this.clock.monotonicMs()) this.#resting.delete(id);
    return [...this.#resting.keys()];
  }
}
