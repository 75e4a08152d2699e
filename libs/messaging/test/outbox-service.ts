import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { loadConfig, PlatformModule, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { MessagingModule, messagingMigrations, startService } from '../src/index.ts';

/** A `fabric` that sends what is in its outbox: `node outbox-service.ts <database URL> <AMQP URL>`. */
const [, , databaseUrl, amqpUrl] = process.argv;
const config = loadConfig(z.object(platformConfigShape), {
  HEDDLE_DATABASE_URL: databaseUrl, HEDDLE_AMQP_URL: amqpUrl, HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
});

@Module({
  imports: [
    PlatformModule.forRoot({ service: 'fabric', config, migrations: messagingMigrations }),
    MessagingModule.forRoot({ service: 'fabric', amqpUrls: config.HEDDLE_AMQP_URL }),
  ],
})
class OutboxService {}

await startService({ service: 'fabric', config, module: OutboxService });
