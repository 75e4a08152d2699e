import { randomBytes } from 'node:crypto';
import type { Type } from '@nestjs/common';
import type { ServiceName } from '@heddle/contracts';
import { loadConfig, PlatformModule, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { MessagingModule, messagingMigrations, type RunningService, startService } from '../src/index.ts';

export interface ServiceProcessOptions {
  databaseUrl: string | undefined;
  amqpUrl: string | undefined;
  controllers?: Type<unknown>[];
  logLevel?: 'info' | 'warn';
  /** How long its start waits for the broker, milliseconds. */
  brokerWaitMs?: number;
}

/** Makes this process a service with platform and bus, which says on stdout when it is ready. */
export function serviceProcess(service: ServiceName, { databaseUrl, amqpUrl, controllers = [], logLevel = 'warn', brokerWaitMs }: ServiceProcessOptions): Promise<RunningService> {
  const config = loadConfig(z.object(platformConfigShape), {
    HEDDLE_DATABASE_URL: databaseUrl, HEDDLE_AMQP_URL: amqpUrl, HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_LOG_LEVEL: logLevel,
  });
  class ServiceProcess {}
  const imports = [
    PlatformModule.forRoot({ service, config, migrations: messagingMigrations }),
    MessagingModule.forRoot({ service, amqpUrls: config.HEDDLE_AMQP_URL }),
  ];
  return startService({ service, config, module: { module: ServiceProcess, imports, controllers }, ...(brokerWaitMs !== undefined && { brokerWaitMs }) });
}
