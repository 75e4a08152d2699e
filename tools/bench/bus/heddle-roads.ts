import { randomUUID } from 'node:crypto';
import { Controller, type Type } from '@nestjs/common';
import type { MessageData } from '@heddle/contracts';
import { type BatchContext, type BatchItemOf, type MessageContext, OnMessage, OnMessages, Outbox, runningTestService } from '@heddle/messaging';
import { Database, onCommit } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { Road, RoadAddresses, Taker } from './road.ts';
import { WINDOW } from './road.ts';

/** As many connections as a service has by default. */
const POOL = { databasePool: 10 };

let take: (text: string) => void = () => undefined;

/** The effect is a row; a message counts when it is committed. */
async function effect(tx: EntityManager, data: readonly { fabricId: string; reason: string }[]): Promise<void> {
  await tx.query('INSERT INTO effect (id) SELECT * FROM unnest($1::uuid[])', [data.map(({ fabricId }) => fabricId)]);
  onCommit(tx, () => { for (const { reason } of data) take(reason); });
}

@Controller()
class TakesOneByOne {
  @OnMessage('revision.wanted')
  async onWanted(data: MessageData<'revision.wanted'>, { tx }: MessageContext): Promise<void> {
    await effect(tx, [data]);
  }
}

@Controller()
class TakesBatches {
  @OnMessages('revision.wanted')
  async onWanted(items: BatchItemOf<'revision.wanted'>[], { tx }: BatchContext): Promise<void> {
    await effect(tx, items.map(({ data }) => data));
  }
}

const taker = (controller: Type<unknown>): Taker => async ({ databaseUrl, amqpUrl }, taken) => {
  take = taken;
  // The table is there before the first message is.
  const preparing = await runningTestService({ service: 'git-sync', databaseUrl, amqpUrl });
  await preparing.app.get(Database).query('CREATE TABLE IF NOT EXISTS effect (id uuid PRIMARY KEY)');
  await preparing.stop();
  await runningTestService({ service: 'git-sync', databaseUrl, amqpUrl, controllers: [controller], ...POOL });
};

async function sender({ databaseUrl, amqpUrl }: RoadAddresses, group: number, concurrency: number) {
  const { app } = await runningTestService({ service: 'fabric', databaseUrl, amqpUrl, ...POOL });
  const database = app.get(Database);
  const outbox = app.get(Outbox);
  return {
    group, concurrency,
    async send(texts: readonly string[]) {
      // As whoever writes in bulk does.
      await outbox.room();
      await database.transaction((tx) => outbox.addMany(tx, texts.map((reason) => ({ type: 'revision.wanted', data: { fabricId: randomUUID(), fromTree: null, reason } }))));
    },
  };
}

/** A transaction for each message, on both ends. */
export const singleRoad: Road = { sender: (addresses) => sender(addresses, 1, 8), taker: taker(TakesOneByOne) };

/** Transactions of up to 250 messages, on both ends. */
export const batchRoad: Road = { sender: (addresses) => sender(addresses, WINDOW - 6, 2), taker: taker(TakesBatches) };
