import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { loadConfig, PlatformModule, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { MessagingModule, messagingMigrations, startService } from '../src/index.ts';
import { TakesBatches, TakesSingly } from './recorded-load.ts';

/** A consumer of the recorded load, as a process that can be killed: `node effect-service.ts <git-sync|k8s-sync> <database URL> <AMQP URL>`. */
const [, , name, databaseUrl, amqpUrl] = process.argv;
const service = z.enum(['git-sync', 'k8s-sync']).parse(name);
const config = loadConfig(z.object(platformConfigShape), {
  HEDDLE_DATABASE_URL: databaseUrl, HEDDLE_AMQP_URL: amqpUrl, HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_LOG_LEVEL: 'warn',
});

@Module({
  imports: [
    PlatformModule.forRoot({ service, config, migrations: messagingMigrations }),
    MessagingModule.forRoot({ service, amqpUrls: config.HEDDLE_AMQP_URL }),
  ],
  controllers: [service === 'git-sync' ? TakesSingly : TakesBatches],
})
class EffectService {}

await startService({ service, config, module: EffectService });
