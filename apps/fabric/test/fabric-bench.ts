import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import type { FabricView, MessageData, MessageInput, MessageType } from '@heddle/contracts';
import { messages } from '@heddle/contracts';
import { MessagingModule, messagingMigrations } from '@heddle/messaging';
import { Clock, createDataSource, Database, PlatformModule, runInContext, platformMigrations } from '@heddle/platform';
import { createTestDatabase, type TestDatabase } from '@heddle/testing';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { EntityManager } from 'typeorm';
import { entities, migrations, services } from '../src/app.module.ts';
import { FabricService } from '../src/fabrics/fabric.service.ts';
import { OperationHandlers } from '../src/operations/operation.handlers.ts';
import { FabricWorker } from '../src/operations/fabric-worker.ts';

const ALL_MIGRATIONS = [...messagingMigrations, ...migrations];

/** The app's services on a database of their own, without a broker: what they publish stays in the outbox. */
export interface FabricBench {
  app: INestApplicationContext;
  database: Database;
  /** A class of the app. */
  get<Service>(type: Type<Service>): Service;
  /** Runs within a transaction, as a handler does. */
  handle<Result>(fn: (tx: EntityManager) => Promise<Result>): Promise<Result>;
  /** Takes what has been published since the last time. */
  published(): Promise<Published[]>;
  /** Does all work that is due. */
  work(): Promise<void>;
  /** Moves the time of the app. */
  later(milliseconds: number): void;
  now(): Date;
  newFabric(policy?: Partial<FabricView['policy']>): Promise<FabricView>;
  close(): Promise<void>;
}

export interface Published<Kind extends MessageType = MessageType> { type: Kind; data: MessageData<Kind> }

export function dataOf<Kind extends MessageType>(published: readonly Published[], type: Kind): MessageData<Kind>[] {
  return published.filter((message) => message.type === type).map((message) => message.data as MessageData<Kind>);
}

export async function openFabricBench(): Promise<FabricBench> {
  const testDatabase = await createTestDatabase({ name: 'fabric', migrate });
  const app = await NestFactory.createApplicationContext(moduleOn(testDatabase), { logger: false });
  const database = app.get(Database);
  const clock = app.get(Clock);
  let offset = 0;
  clock.now = () => new Date(Date.now() + offset);
  let last = 0;
  const bench: FabricBench = {
    app, database, get: (type) => app.get(type), now: () => clock.now(),
    later: (milliseconds) => { offset += milliseconds; },
    handle: (fn) => runInContext({ correlationId: randomUUID() }, () => database.transaction(fn)),
    published: async () => {
      const rows = await database.query<{ id: string; type: MessageType; body: Buffer }>('select id, type, body from outbox where id > $1 order by id', [last]);
      last = Number(rows.at(-1)?.id ?? last);
      return rows.map(({ type, body }) => ({ type, data: messages[type].schema.parse(JSON.parse(body.toString('utf8')).data) as MessageData<MessageType> }));
    },
    work: async () => { while (await bench.get(FabricWorker).workOnce()); },
    newFabric: (policy = {}) => bench.get(FabricService).create({
      id: randomUUID(), repositoryId: randomUUID(), name: `fabric-${randomBytes(4).toString('hex')}`, source: { repository: 'network', branch: 'main', directory: 'lab' },
      policy: { automaticSync: true, prune: false, selfHeal: false, ...policy },
    }),
    close: async () => {
      await app.close();
      await testDatabase.drop();
    },
  };
  return bench;
}

async function migrate(url: string): Promise<void> {
  const source = await createDataSource({ service: 'fabric', url, pool: 2, entities: [], migrations: [...platformMigrations, ...ALL_MIGRATIONS] });
  await source.destroy();
}

function moduleOn(database: TestDatabase) {
  class BenchModule {}
  const config = {
    HEDDLE_DATABASE_URL: database.url, HEDDLE_DATABASE_POOL: 5, HEDDLE_AMQP_URL: 'amqp://127.0.0.1:1', HEDDLE_HTTP_HOST: '127.0.0.1', HEDDLE_HTTP_PORT: 0, HEDDLE_SLOW_MS: 5_000, HEDDLE_SLOW_QUERY_MS: 1_000, HEDDLE_LOG_LEVEL: 'silent' as const,
    HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_ALLOW_HTTP: true,
  };
  return {
    module: BenchModule,
    imports: [PlatformModule.forRoot({ service: 'fabric', config, entities, migrations: ALL_MIGRATIONS }), MessagingModule.forRoot({ service: 'fabric', amqpUrls: config.HEDDLE_AMQP_URL, relay: false })],
    // Without the loops: they would race with the tests.
    providers: [...services, OperationHandlers],
  };
}

export type Input<Kind extends MessageType> = MessageInput<Kind>;
