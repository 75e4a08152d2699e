import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Module } from '@nestjs/common';
import { Database, loadConfig, PlatformModule, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { MessagingModule, messagingMigrations, Outbox, startService } from '../src/index.ts';

/** A `fabric` that commits a message for each line of its standard input, and says so: `node outbox-service.ts <database URL> <AMQP URL>`. */
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

const { app } = await startService({ service: 'fabric', config, module: OutboxService });
for await (const reason of createInterface({ input: process.stdin })) {
  await app.get(Database).transaction((tx) => app.get(Outbox).add(tx, 'revision.wanted', { fabricId: crypto.randomUUID(), fromTree: null, reason }));
  process.stdout.write(`${JSON.stringify({ msg: 'committed', reason })}\n`);
}
