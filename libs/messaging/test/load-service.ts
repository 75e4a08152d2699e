import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { loadConfig, PlatformModule, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { MessagingModule, messagingMigrations, startService } from '../src/index.ts';
import type { Commit } from './ledger.ts';
import { TestService } from './mesh.ts';
import { RecordedLoad } from './recorded-load.ts';

/** Writes the recorded load as a process that can be killed, and says of each commit that it was answered: `node load-service.ts <database URL> <AMQP URL>`. */
const [, , databaseUrl, amqpUrl] = process.argv;
const config = loadConfig(z.object(platformConfigShape), {
  HEDDLE_DATABASE_URL: databaseUrl, HEDDLE_AMQP_URL: amqpUrl, HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_LOG_LEVEL: 'warn',
});

@Module({
  imports: [
    PlatformModule.forRoot({ service: 'fabric', config, migrations: messagingMigrations }),
    MessagingModule.forRoot({ service: 'fabric', amqpUrls: config.HEDDLE_AMQP_URL }),
  ],
})
class LoadService {}

const running = await startService({ service: 'fabric', config, module: LoadService });
const tell = (msg: string) => (commit: Commit) => { process.stdout.write(`${JSON.stringify({ msg, commit })}\n`); };
new RecordedLoad(new TestService(running), { committed: tell('committed'), uncertain: tell('uncertain') });
