import { randomBytes } from 'node:crypto';
import { Controller, Module } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { loadConfig, PlatformModule, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';
import { type BatchContext, type BatchItemOf, type MessageContext, MessagingModule, messagingMigrations, OnMessage, OnMessages, startService } from '../src/index.ts';

/** A consumer whose process ends by messages that say 'deadly': `node deadly-service.ts <git-sync|k8s-sync> <database URL> <AMQP URL>`; `git-sync` takes them singly, `k8s-sync` in batches. */
const [, , name, databaseUrl, amqpUrl] = process.argv;
const service = z.enum(['git-sync', 'k8s-sync']).parse(name);
const config = loadConfig(z.object(platformConfigShape), {
  HEDDLE_DATABASE_URL: databaseUrl, HEDDLE_AMQP_URL: amqpUrl, HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_LOG_LEVEL: 'warn',
});

function dieOf(reason: string): void {
  if (reason.startsWith('deadly')) process.kill(process.pid, 'SIGKILL');
}

@Controller()
class TakesSingly {
  @OnMessage('revision.wanted', { retryDelaysMs: [100] })
  async onWanted({ reason }: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    await tx.query(`INSERT INTO ledger.effect (consumer, id) VALUES ('git-sync', $1)`, [reason]);
    dieOf(reason);
  }
}

@Controller()
class TakesBatches {
  @OnMessages('steps.cancel', { batch: { size: 50, waitMs: 4 }, retryDelaysMs: [100] })
  async onCancel(items: BatchItemOf<'steps.cancel'>[], { tx }: BatchContext): Promise<void> {
    await tx.query(`INSERT INTO ledger.effect (consumer, id) SELECT 'k8s-sync', * FROM unnest($1::text[])`, [items.map(({ data }) => data.reason)]);
    for (const { data } of items) dieOf(data.reason);
  }
}

@Module({
  imports: [
    PlatformModule.forRoot({ service, config, migrations: messagingMigrations }),
    MessagingModule.forRoot({ service, amqpUrls: config.HEDDLE_AMQP_URL }),
  ],
  controllers: [service === 'git-sync' ? TakesSingly : TakesBatches],
})
class DeadlyService {}

await startService({ service, config, module: DeadlyService });
