import { Background, Database, Logger } from '@heddle/platform';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Archive } from '../archive/archive.ts';
import { CONFIG, type NotificationConfig } from '../config.ts';
import { EventPartitions } from './event-partitions.ts';

const HOURLY_MS = 3_600_000;

/** Makes the partitions of the days to come, and drops those that are too old with the deliveries that ended by then. */
@Injectable()
export class EventRetention implements OnApplicationBootstrap {
  constructor(
    private readonly partitions: EventPartitions, private readonly background: Background, private readonly logger: Logger, private readonly database: Database,
    private readonly archive: Archive, @Inject(CONFIG) private readonly config: NotificationConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.background.every('event log retention', HOURLY_MS, async () => {
      await this.partitions.makeAhead();
      // With an archive its keeper drops them, when they are safe there.
      const dropped = this.archive.store ? [] : await this.partitions.dropOlderThan(this.config.HEDDLE_EVENT_LOG_DAYS);
      await this.database.query(`DELETE FROM replay WHERE finished_at < now() - make_interval(days => $1)`, [this.config.HEDDLE_EVENT_LOG_DAYS]);
      await this.database.query(`DELETE FROM archive_task WHERE finished_at < now() - make_interval(days => $1)`, [this.config.HEDDLE_EVENT_LOG_DAYS]);
      await this.database.query(`DELETE FROM delivery WHERE state <> 'pending' AND created_at < now() - make_interval(days => $1)`, [this.config.HEDDLE_EVENT_LOG_DAYS]);
      if (dropped.length > 0) this.logger.info('dropped old days of the event log', { days: dropped });
    });
  }
}
