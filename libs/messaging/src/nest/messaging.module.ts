import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Logger } from '@heddle/platform';
import { BrokerConnections } from '../broker/broker-connections.ts';
import { ConfirmPublisher } from '../broker/confirm-publisher.ts';
import { DatabaseWatch } from '../consume/database-watch.ts';
import { DeadLetterStore } from '../inbox/dead-letter-store.ts';
import { DeadLetters } from '../inbox/dead-letters.ts';
import { ParkingLot } from '../inbox/parking-lot.ts';
import { OutboxRelay } from '../outbox/outbox-relay.ts';
import { Outbox } from '../outbox/outbox.ts';
import { BusClient } from '../request/bus-client.ts';
import { BusMetrics } from './bus-metrics.ts';
import { BusServer } from './bus-server.ts';
import { Consumption } from './consumption.ts';
import { deadLettersController } from './dead-letters.controller.ts';
import { Housekeeping } from './housekeeping.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from './messaging-options.ts';

/** The bus in a service; global. Needs PlatformModule, and `messagingMigrations` among the service's migrations. */
@Global()
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    return {
      module: MessagingModule,
      controllers: options.service === 'gateway' ? [] : [deadLettersController(options.service)],
      providers: [
        { provide: MESSAGING_OPTIONS, useValue: options },
        {
          provide: ConfirmPublisher, inject: [BrokerConnections, Logger],
          useFactory: (connections: BrokerConnections, logger: Logger) => new ConfirmPublisher({ connection: connections.publish, logger }),
        },
        BrokerConnections, BusMetrics, OutboxRelay, Outbox, ParkingLot, DeadLetterStore, DeadLetters, DatabaseWatch, Consumption, Housekeeping, BusClient, BusServer,
      ],
      exports: [Outbox, BusClient, DeadLetters, BusServer, BrokerConnections],
    };
  }
}
