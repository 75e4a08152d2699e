import { Clock, Database, DayPartitions } from '@heddle/platform';
import { Injectable } from '@nestjs/common';

/** Daily partitions of the event log. */
@Injectable()
export class EventPartitions extends DayPartitions {
  constructor(database: Database, clock: Clock) {
    super({ database, clock, table: 'event' });
  }
}
