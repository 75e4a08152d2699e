import { Controller } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { z } from 'zod';
import { type BatchContext, type BatchItemOf, type MessageContext, OnMessage, OnMessages } from '../src/index.ts';
import { serviceProcess } from './service-process.ts';

/** A consumer whose process ends by messages that say 'deadly': `node deadly-service.ts <git-sync|k8s-sync> <database URL> <AMQP URL>`; `git-sync` takes them singly, `k8s-sync` in batches. */
const [, , name, databaseUrl, amqpUrl] = process.argv;
const service = z.enum(['git-sync', 'k8s-sync']).parse(name);

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

await serviceProcess(service, { databaseUrl, amqpUrl, controllers: [service === 'git-sync' ? TakesSingly : TakesBatches] });
