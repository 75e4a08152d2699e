import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Background, Database, Logger } from '@heddle/platform';
import { DeadLetterStore } from '../inbox/dead-letter-store.ts';
import { pruneInbox } from '../inbox/inbox.ts';
import { ParkingLot } from '../inbox/parking-lot.ts';
import { BusMetrics } from './bus-metrics.ts';

const MEASURE_EVERY_MS = 5_000;
const PRUNE_EVERY_MS = 60 * 60_000;

/** Measures the bus's tables and drops what is past its time. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap {
  constructor(
    @Inject(Background) private readonly background: Background,
    @Inject(Database) private readonly database: Database,
    @Inject(ParkingLot) private readonly parkingLot: ParkingLot,
    @Inject(DeadLetterStore) private readonly deadLetters: DeadLetterStore,
    @Inject(BusMetrics) private readonly metrics: BusMetrics,
    @Inject(Logger) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.background.every('measuring of the bus', MEASURE_EVERY_MS, () => this.measure());
    this.background.every('pruning of inbox and dead letters', PRUNE_EVERY_MS, async () => {
      await pruneInbox(this.database);
      const days = await this.deadLetters.keepDays();
      if (days.length > 0) this.logger.info('dropped old dead letters', { days });
    });
  }

  private async measure(): Promise<void> {
    const [outbox] = await this.database.query<{ rows: string; held: string; age: number | null }>(`
      SELECT count(*) AS rows, count(*) FILTER (WHERE due_at IS NOT NULL) AS held, extract(epoch FROM now() - min(created_at))::float AS age FROM outbox`);
    this.metrics.outboxRows.set(Number(outbox?.rows ?? 0));
    this.metrics.outboxHeld.set(Number(outbox?.held ?? 0));
    this.metrics.outboxAge.set(Math.max(0, outbox?.age ?? 0));
    this.metrics.parked.set({ state: 'parked' }, await this.parkingLot.count());
    this.metrics.parked.set({ state: 'dead' }, await this.deadLetters.count());
  }
}
