import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { loadConfig, PlatformModule, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { MessagingModule, messagingMigrations, startService } from '../src/index.ts';

/** The smallest service there can be, as a process: `node small-service.ts <database URL> <AMQP URL> [milliseconds to wait for the broker]`. */
const [, , databaseUrl, amqpUrl, brokerWaitMs] = process.argv;
const config = loadConfig(z.object(platformConfigShape), {
  HEDDLE_DATABASE_URL: databaseUrl, HEDDLE_AMQP_URL: amqpUrl, HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
});

@Module({
  imports: [
    PlatformModule.forRoot({ service: 'notification', config, migrations: messagingMigrations }),
    MessagingModule.forRoot({ service: 'notification', amqpUrls: config.HEDDLE_AMQP_URL }),
  ],
})
class SmallService {}

await startService({ service: 'notification', config, module: SmallService, ...(brokerWaitMs !== undefined && { brokerWaitMs: Number(brokerWaitMs) }) });
