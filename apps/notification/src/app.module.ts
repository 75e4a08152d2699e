import { MessagingModule, messagingMigrations } from '@heddle/messaging';
import { PlatformModule } from '@heddle/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { CONFIG, type NotificationConfig } from './config.ts';
import { DeliveryLoop } from './deliveries/delivery.loop.ts';
import { DeliveryQueue } from './deliveries/delivery-queue.ts';
import { EventLogHandlers } from './event-log/event-log.handlers.ts';
import { EventLogService } from './event-log/event-log.service.ts';
import { EventPartitions } from './event-log/event-partitions.ts';
import { EventRetention } from './event-log/event-retention.ts';
import { CreateEventLog1763700300000 } from './migrations/1763700300000-create-event-log.ts';
import { ExtendEventLog1764000400000 } from './migrations/1764000400000-extend-event-log.ts';
import { SubscriptionsHandlers } from './subscriptions/subscriptions.handlers.ts';
import { SubscriptionsService } from './subscriptions/subscriptions.service.ts';

@Module({})
export class AppModule {
  static forRoot(config: NotificationConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot({ service: 'notification', config, migrations: [...messagingMigrations, CreateEventLog1763700300000, ExtendEventLog1764000400000] }),
        MessagingModule.forRoot({ service: 'notification', amqpUrls: config.HEDDLE_AMQP_URL.split(',') }),
      ],
      controllers: [EventLogHandlers, SubscriptionsHandlers],
      providers: [{ provide: CONFIG, useValue: config }, EventPartitions, EventLogService, EventRetention, DeliveryQueue, DeliveryLoop, SubscriptionsService],
    };
  }
}
