import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import type { MessageData } from '@heddle/contracts';
import { MessagingModule, messagingMigrations, subscriptionsOf, topologyOf } from '@heddle/messaging';
import { Database, PlatformModule, runInContext } from '@heddle/platform';
import { createTestDatabase, schemaContents, type TestDatabase } from '@heddle/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateRepositories1763710000000 } from '../src/migrations/1763710000000-create-repositories.ts';
import { NumberSourceMessages1764000500000 } from '../src/migrations/1764000500000-number-source-messages.ts';
import { GitRepository } from '../src/repositories/git-repository.entity.ts';
import { FetchLoop } from '../src/sources/fetch-loop.ts';
import { HandOver } from '../src/sources/hand-over.ts';
import { Source } from '../src/sources/source.entity.ts';
import { SourcesHandlers } from '../src/sources/sources.handlers.ts';
import { SourcesService } from '../src/sources/sources.service.ts';

type Taken = 'source.assign' | 'source.release' | 'revision.wanted';
type Delivery = { [Type in Taken]: { type: Type; data: MessageData<Type> } }[Taken];

let databases: TestDatabase;
let app: INestApplicationContext;
let database: Database;

/** Handlers and rows without the loop, which would go on with what it finds. */
beforeAll(async () => {
  databases = await createTestDatabase();
  class Bench {}
  const config = {
    HEDDLE_DATABASE_URL: databases.url, HEDDLE_DATABASE_POOL: 5, HEDDLE_AMQP_URL: 'amqp://127.0.0.1:1', HEDDLE_HTTP_HOST: '127.0.0.1', HEDDLE_HTTP_PORT: 0, HEDDLE_SLOW_MS: 5_000, HEDDLE_SLOW_QUERY_MS: 1_000, HEDDLE_LOG_LEVEL: 'silent' as const,
    HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_ALLOW_HTTP: true,
  };
  app = await NestFactory.createApplicationContext({
    module: Bench,
    imports: [
      PlatformModule.forRoot({ service: 'git-sync', config, entities: [GitRepository, Source], migrations: [...messagingMigrations, CreateRepositories1763710000000, NumberSourceMessages1764000500000] }),
      MessagingModule.forRoot({ service: 'git-sync', amqpUrls: config.HEDDLE_AMQP_URL, relay: false }),
    ],
    providers: [SourcesHandlers, SourcesService, HandOver, { provide: FetchLoop, useValue: { wake: () => undefined } }],
  }, { logger: false });
  database = app.get(Database);
});
afterAll(async () => {
  await app.close();
  await databases.drop();
});

/** Hands a message to its handler as if the inbox had never heard of it. */
async function deliver({ type, data }: Delivery): Promise<void> {
  const handlers = app.get(SourcesHandlers);
  await runInContext({ correlationId: 'c' }, () => database.transaction((tx) => {
    const context = { tx } as never;
    switch (type) {
      case 'source.assign': return handlers.assign(data, context);
      case 'source.release': return handlers.release(data, context);
      case 'revision.wanted': return handlers.sendAgain(data, context);
    }
  }));
}

const contents = () => schemaContents((sql) => database.query(sql));

async function repository(): Promise<string> {
  const id = randomUUID();
  await database.query(
    `INSERT INTO repository (id, name, url, provider, default_branch, credentials, credentials_type, poll_seconds, webhook_secret, state, reason, message, since, created_at)
     VALUES ($1, $2, 'https://git.example.org/network.git', 'github', 'main', '', 'none', 60, '', 'connected', '', '', now(), now())`, [id, id]);
  return id;
}

const assign = (fabricId: string, repositoryId: string, generation: number, directory = `d${generation}`): Delivery =>
  ({ type: 'source.assign', data: { fabricId, repositoryId, branch: 'main', directory, generation, knownTree: null } });
const release = (fabricId: string, generation: number): Delivery => ({ type: 'source.release', data: { fabricId, generation } });
const wanted = (fabricId: string, sequence: number): Delivery => ({ type: 'revision.wanted', data: { fabricId, fromTree: `t${sequence}`, reason: 'lost', sequence } });

interface Case { of: Taken; what: string; prepare: () => Promise<{ older: Delivery; newer: Delivery }> }

/** For each message that git-sync takes: one, and a newer one of the same thing. */
const cases: Case[] = [
  { of: 'source.assign', what: 'two assignments', prepare: async () => {
    const [fabricId, id] = [randomUUID(), await repository()];
    return { older: assign(fabricId, id, 1), newer: assign(fabricId, id, 2) };
  } },
  { of: 'source.assign', what: 'an assignment, and none', prepare: async () => {
    const [fabricId, id] = [randomUUID(), await repository()];
    return { older: assign(fabricId, id, 1), newer: release(fabricId, 2) };
  } },
  { of: 'source.assign', what: 'to a repository that is gone', prepare: async () => {
    const fabricId = randomUUID();
    return { older: assign(fabricId, randomUUID(), 1), newer: assign(fabricId, randomUUID(), 2) };
  } },
  { of: 'source.release', what: 'none, and an assignment', prepare: async () => {
    const [fabricId, id] = [randomUUID(), await repository()];
    return { older: release(fabricId, 1), newer: assign(fabricId, id, 2) };
  } },
  { of: 'revision.wanted', what: 'two questions', prepare: async () => {
    const fabricId = randomUUID();
    await deliver(assign(fabricId, await repository(), 1));
    return { older: wanted(fabricId, 1), newer: wanted(fabricId, 2) };
  } },
];

describe('without an inbox', () => {
  it('every message that git-sync takes is looked at here', () => {
    const taken = subscriptionsOf(topologyOf(), 'git-sync').map(({ name }) => name.replace('git-sync.', ''));
    expect([...new Set(cases.map((each) => each.of))].sort()).toEqual(taken.sort());
  });

  it.each(cases)('$of is handled once: $what', async ({ prepare }) => {
    const { older, newer } = await prepare();
    for (const each of [older, newer]) {
      const before = await contents();
      await deliver(each);
      const after = await contents();
      expect(after).not.toEqual(before);
      await deliver(each);
      expect(await contents()).toEqual(after);
    }
  });

  it.each(cases)('$of is not overwritten by an older one: $what', async ({ prepare }) => {
    const { older, newer } = await prepare();
    await deliver(newer);
    const after = await contents();
    await deliver(older);
    expect(await contents()).toEqual(after);
  });

  it('the higher of two assignments at once wins', async () => {
    const id = await repository();
    for (let round = 0; round < 5; round += 1) {
      const fabricId = randomUUID();
      await Promise.all([2, 1, 3].map((generation) => deliver(assign(fabricId, id, generation))));
      expect(await database.query('SELECT generation, directory FROM source WHERE fabric_id = $1', [fabricId])).toEqual([{ generation: 3, directory: 'd3' }]);
    }
  });
});
