import { type DynamicModule, Global, Module } from '@nestjs/common';
import { HealthRegistry, type HealthResult, Logger } from '@heddle/platform';
import type { BreakerView } from '@heddle/contracts';
import { BrokerConnections } from '../broker/broker-connections.ts';
import { DatabaseWatch } from '../consume/database-watch.ts';
import { BegunAttempts } from '../inbox/begun-attempts.ts';
import { DeadLetterNews } from '../inbox/dead-letter-news.ts';
import { DeadLetterStore } from '../inbox/dead-letter-store.ts';
import { DeadLetters } from '../inbox/dead-letters.ts';
import { EditDeadLetters } from '../inbox/edit-dead-letter.ts';
import { ParkingLot } from '../inbox/parking-lot.ts';
import { ReplayDeadLetters } from '../inbox/replay-dead-letters.ts';
import { AlertBook } from '../observe/alert-book.ts';
import { BusObserver } from '../observe/bus-observer.ts';
import { NodeWatch } from '../observe/node-watch.ts';
import { ObservedMetrics } from '../observe/observed-metrics.ts';
import { OutboxRelay } from '../outbox/outbox-relay.ts';
import { Outbox } from '../outbox/outbox.ts';
import { BusClient } from '../request/bus-client.ts';
import { extendTopology } from '../topology/extend-topology.ts';
import { TopologyUpkeep } from '../topology/topology-upkeep.ts';
import { topologyOf } from '../topology/topology.ts';
import { RabbitmqTransport } from '../transport/rabbitmq/rabbitmq-transport.ts';
import { transportOf } from '../transport/transport-of.ts';
import { Publisher, Transport } from '../transport/transport.ts';
import { BusMetrics } from './bus-metrics.ts';
import { BusServer } from './bus-server.ts';
import { busViewController } from './bus-view.controller.ts';
import { Consumption } from './consumption.ts';
import { deadLettersController } from './dead-letters.controller.ts';
import { Housekeeping } from './housekeeping.ts';
import { tasksController } from '../work/tasks.controller.ts';
import { WorkModule } from '../work/work.module.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from './messaging-options.ts';

/** The bus in a service; global. Needs PlatformModule, and `messagingMigrations` among the service's migrations. */
@Global()
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    return {
      module: MessagingModule,
      imports: [WorkModule],
      controllers: options.service === 'gateway' ? [] : [deadLettersController(options.service), busViewController(options.service), tasksController(options.service)],
      providers: [
        { provide: MESSAGING_OPTIONS, useValue: options },
        {
          provide: Transport, inject: [Logger, HealthRegistry],
          useFactory: (logger: Logger, health: HealthRegistry) => {
            const transport = transportOf({ name: options.service, urls: options.amqpUrls, topology: extendTopology(topologyOf(), options.topology ?? {}), without: options.without ?? [], logger });
            // Not critical: what is written goes on without the broker, and leaves when it is back.
            health.register('rabbitmq', async () => ({ ok: transport.fault === undefined, message: transport.fault ?? 'connected' }), { critical: false });
            return transport;
          },
        },
        {
          provide: Publisher, inject: [Transport, BusMetrics, HealthRegistry],
          useFactory: (transport: Transport, metrics: BusMetrics, health: HealthRegistry) => {
            const publisher = transport.publisher({ onBreaker: ({ state }) => metrics.breaker(state), ...options.publishing });
            health.register('publishing', async () => publishingHealth(publisher.breaker), { critical: false });
            return publisher;
          },
        },
        // What is behind the transport where it is RabbitMQ; else undefined.
        { provide: BrokerConnections, inject: [Transport], useFactory: (transport: Transport) => transport instanceof RabbitmqTransport ? transport.connections : undefined },
        BusMetrics, OutboxRelay, Outbox, ParkingLot, BegunAttempts, DeadLetterStore, DeadLetters, ReplayDeadLetters, EditDeadLetters, DeadLetterNews, DatabaseWatch, Consumption, Housekeeping, BusClient, BusServer,
        ObservedMetrics, AlertBook, BusObserver, NodeWatch, TopologyUpkeep,
      ],
      exports: [MESSAGING_OPTIONS, BusObserver, Outbox, BusClient, DeadLetters, BusServer, Transport, BrokerConnections],
    };
  }
}

/** Not critical: what is written goes on, and leaves when the broker answers again. */
function publishingHealth({ state, lastError, nextTryAt }: BreakerView): HealthResult {
  if (state === 'closed') return { ok: true, message: 'the broker confirms' };
  return { ok: false, message: `${lastError}; ${state === 'open' ? `the next try is at ${nextTryAt}` : 'one message is being tried'}` };
}
