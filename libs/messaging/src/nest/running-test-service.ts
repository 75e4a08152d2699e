import { randomBytes } from 'node:crypto';
import type { DynamicModule, Type } from '@nestjs/common';
import { type ServiceName } from '@heddle/contracts';
import { PlatformModule, type PlatformOptions } from '@heddle/platform';
import { messagingMigrations } from '../migrations/messaging-migrations.ts';
import type { MessagingOptions, PublishingOptions } from './messaging-options.ts';
import { MessagingModule } from './messaging.module.ts';
import { type RunningService, runService } from './start-service.ts';

export interface TestServiceOptions {
  service: ServiceName;
  databaseUrl: string;
  /** Connections to PostgreSQL; default 5. */
  databasePool?: number;
  amqpUrl: string;
  /** Controllers with handlers. */
  controllers?: Type<unknown>[];
  providers?: Type<unknown>[];
  imports?: (DynamicModule | Type<unknown>)[];
  entities?: PlatformOptions['entities'];
  /** Beside the bus's own. */
  migrations?: PlatformOptions['migrations'];
  /** Whether it relays its outbox; default true. */
  relay?: boolean;
  publishing?: PublishingOptions;
  topology?: MessagingOptions['topology'];
  without?: MessagingOptions['without'];
  /** How often it looks at the bus, milliseconds; default 0: only when the test does, so that no alert comes in between. */
  observeEveryMs?: number;
  /** How often it declares the topology again, milliseconds; default an hour: what a test deletes stays away. */
  declareEveryMs?: number;
  logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** For integration tests: a service with platform and bus, in this process, on the given database and virtual host. */
export function runningTestService(options: TestServiceOptions): Promise<RunningService> {
  const config = {
    HEDDLE_DATABASE_URL: options.databaseUrl, HEDDLE_DATABASE_POOL: options.databasePool ?? 5, HEDDLE_AMQP_URL: options.amqpUrl,
    HEDDLE_HTTP_HOST: '127.0.0.1', HEDDLE_HTTP_PORT: 0, HEDDLE_SLOW_MS: 5_000, HEDDLE_SLOW_QUERY_MS: 1_000, HEDDLE_LOG_LEVEL: options.logLevel ?? 'error',
    HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_ALLOW_HTTP: true,
  } as const;
  class TestService {}
  const module: DynamicModule = {
    module: TestService,
    imports: [
      PlatformModule.forRoot({ service: options.service, config, entities: options.entities ?? [], migrations: [...messagingMigrations, ...options.migrations ?? []] }),
      MessagingModule.forRoot({
        service: options.service, amqpUrls: options.amqpUrl, observeEveryMs: options.observeEveryMs ?? 0, ...(options.relay !== undefined && { relay: options.relay }), ...(options.publishing && { publishing: options.publishing }),
        declareEveryMs: options.declareEveryMs ?? 3_600_000,
        ...(options.topology && { topology: options.topology }), ...(options.without && { without: options.without }),
      }),
      ...options.imports ?? [],
    ],
    controllers: options.controllers ?? [],
    providers: options.providers ?? [],
  };
  return runService({ service: options.service, module, config });
}
