import { alertThresholdsOf, MessagingModule, messagingMigrations } from '@heddle/messaging';
import { PlatformModule } from '@heddle/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { Archive } from './archive/archive.ts';
import { ArchiveIndex } from './archive/archive-index.ts';
import { ArchiveHandlers } from './archive/archive.handlers.ts';
import { ArchiveKeeper } from './archive/archive.keeper.ts';
import { ArchiveService } from './archive/archive.service.ts';
import { ArchiveTaskLoop } from './archive/archive-task.loop.ts';
import { EventDays } from './archive/event-days.ts';
import { RestoredDays } from './archive/restored-days.ts';
import { CONFIG, type NotificationConfig } from './config.ts';
import { DeadLetterIndex } from './dead-letters/dead-letter-index.ts';
import { DeadLettersHandlers } from './dead-letters/dead-letters.handlers.ts';
import { DeliveryLoop } from './deliveries/delivery.loop.ts';
import { DeliveryQueue } from './deliveries/delivery-queue.ts';
import { EventLogHandlers } from './event-log/event-log.handlers.ts';
import { EventLogService } from './event-log/event-log.service.ts';
import { EventPartitions } from './event-log/event-partitions.ts';
import { EventRetention } from './event-log/event-retention.ts';
import { CreateEventLog1763700300000 } from './migrations/1763700300000-create-event-log.ts';
import { CreateDeadLetterIndex1764000300002 } from './migrations/1764000300002-create-dead-letter-index.ts';
import { ExtendEventLog1764000400000 } from './migrations/1764000400000-extend-event-log.ts';
import { AddFormatToSubscription1764000410000 } from './migrations/1764000410000-add-format-to-subscription.ts';
import { ReplayLoop } from './replays/replay.loop.ts';
import { ReplaySource } from './replays/replay-source.ts';
import { ReplaysHandlers } from './replays/replays.handlers.ts';
import { ReplaysService } from './replays/replays.service.ts';
import { SubscriptionsHandlers } from './subscriptions/subscriptions.handlers.ts';
import { SubscriptionsService } from './subscriptions/subscriptions.service.ts';

@Module({})
export class AppModule {
  static forRoot(config: NotificationConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot({ service: 'notification', config, migrations: [...messagingMigrations, CreateEventLog1763700300000, CreateDeadLetterIndex1764000300002, ExtendEventLog1764000400000, AddFormatToSubscription1764000410000] }),
        MessagingModule.forRoot({ service: 'notification', amqpUrls: config.HEDDLE_AMQP_URL.split(','), alerts: alertThresholdsOf(config) }),
      ],
      controllers: [EventLogHandlers, DeadLettersHandlers, SubscriptionsHandlers, ReplaysHandlers, ArchiveHandlers],
      providers: [
        { provide: CONFIG, useValue: config }, EventPartitions, EventLogService, EventRetention, DeliveryQueue, DeliveryLoop, DeadLetterIndex, SubscriptionsService,
        ReplaysService, ReplaySource, ReplayLoop, Archive, EventDays, RestoredDays, ArchiveIndex, ArchiveKeeper, ArchiveService, ArchiveTaskLoop,
      ],
    };
  }
}
