import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import type { MessageData } from '@heddle/contracts';
import { MessagingModule, messagingMigrations, subscriptionsOf, topologyOf } from '@heddle/messaging';
import { Database, PlatformModule } from '@heddle/platform';
import { createTestDatabase, schemaContents, type TestDatabase } from '@heddle/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterHandlers } from '../src/cluster/cluster.handlers.ts';
import { ClusterService } from '../src/cluster/cluster.service.ts';
import { JobLoop } from '../src/steps/job-loop.ts';
import { MIGRATIONS } from '../src/app.module.ts';
import { StepStore } from '../src/steps/step-store.ts';
import { StepsHandlers } from '../src/steps/steps.handlers.ts';
import { StepsService } from '../src/steps/steps.service.ts';
import { WatchWishes } from '../src/watch/watch-wishes.ts';
import { WIDGET, widget, widgetBody } from './widgets.ts';

type Taken = 'cluster.watch' | 'steps.apply' | 'steps.cancel';
type Delivery = { [Type in Taken]: { type: Type; data: MessageData<Type> } }[Taken];

let databases: TestDatabase;
let app: INestApplicationContext;
let database: Database;

/** Handlers and rows without the loops, which would go on with what they find. */
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
      PlatformModule.forRoot({ service: 'k8s-sync', config, migrations: [...messagingMigrations, ...MIGRATIONS] }),
      MessagingModule.forRoot({ service: 'k8s-sync', amqpUrls: config.HEDDLE_AMQP_URL, relay: false }),
    ],
    providers: [
      StepsHandlers, StepsService, StepStore, { provide: JobLoop, useValue: { wake: () => undefined } },
      ClusterHandlers, WatchWishes, { provide: ClusterService, inject: [WatchWishes], useFactory: (wishes: WatchWishes) => ({ wish: wishes.put.bind(wishes) }) },
    ],
  }, { logger: false });
  database = app.get(Database);
});
afterAll(async () => {
  await app.close();
  await databases.drop();
});

/** Hands a message to its handler as if the inbox had never heard of it. */
async function deliver({ type, data }: Delivery): Promise<void> {
  await database.transaction((tx) => {
    const context = { tx, envelope: { event_id: 'e', metadata: { correlation_id: 'c' } } } as never;
    switch (type) {
      case 'cluster.watch': return app.get(ClusterHandlers).onWatch(data, context);
      case 'steps.apply': return app.get(StepsHandlers).onApply(data, context);
      case 'steps.cancel': return app.get(StepsHandlers).onCancel(data, context);
    }
  });
}

const contents = () => schemaContents((sql) => database.query(sql));

const watch = (fabricId: string, generation: number, enabled: boolean): Delivery =>
  ({ type: 'cluster.watch', data: { fabricId, generation, enabled, namespace: 'default', kinds: [{ ...WIDGET, role: 'object', projection: null, throttle: [] }] } as MessageData<'cluster.watch'> });
const apply = (fabricId: string, operationNumber: number, job: { operationId?: string; jobId?: string; chunk?: number } = {}): Delivery => ({
  type: 'steps.apply', data: {
    fabricId, operationId: job.operationId ?? randomUUID(), operationNumber, jobId: job.jobId ?? randomUUID(), chunk: job.chunk ?? 1, chunks: 2, dryRun: false, concurrency: 4,
    deadline: new Date(Date.now() + 60_000).toISOString(),
    steps: [{ stepId: `s${job.chunk ?? 1}`, attempt: 1, action: 'create', target: widget('w'), body: widgetBody('w', { size: 1 }), preconditions: {}, force: false, dependsOn: [] }],
  },
});
const cancel = (fabricId: string, operationId: string, reason: string): Delivery => ({ type: 'steps.cancel', data: { fabricId, operationId, reason } });

interface Case { of: Taken; what: string; prepare: () => { older: Delivery; newer: Delivery } }

/** For each message that k8s-sync takes: one, and a newer one of the same thing. */
const cases: Case[] = [
  { of: 'cluster.watch', what: 'wanted, and not', prepare: () => {
    const fabricId = randomUUID();
    return { older: watch(fabricId, 1, true), newer: watch(fabricId, 2, false) };
  } },
  { of: 'steps.apply', what: 'two operations', prepare: () => {
    const fabricId = randomUUID();
    return { older: apply(fabricId, 1), newer: apply(fabricId, 2) };
  } },
  { of: 'steps.apply', what: 'a second chunk that comes when the next operation has begun', prepare: () => {
    const [fabricId, operationId, jobId] = [randomUUID(), randomUUID(), randomUUID()];
    return { older: apply(fabricId, 1, { operationId, jobId, chunk: 2 }), newer: apply(fabricId, 2) };
  } },
];

describe('without an inbox', () => {
  it('every message that k8s-sync takes is looked at here', () => {
    const taken = subscriptionsOf(topologyOf(), 'k8s-sync').map(({ name }) => name.replace('k8s-sync.', ''));
    expect([...new Set(['steps.cancel', ...cases.map((each) => each.of)])].sort()).toEqual(taken.sort());
  });

  it.each(cases)('$of is handled once: $what', async ({ prepare }) => {
    const { older, newer } = prepare();
    for (const each of [older, newer]) {
      const before = await contents();
      await deliver(each);
      const after = await contents();
      expect(after).not.toEqual(before);
      await deliver(each);
      expect(await contents()).toEqual(after);
    }
  });

  it.each(cases)('$of is not overtaken by an older one: $what', async ({ prepare }) => {
    const { older, newer } = prepare();
    await deliver(newer);
    const after = await contents();
    await deliver(older);
    expect(await contents()).toEqual(after);
  });

  it('chunks of a job come in any order, each once', async () => {
    const [fabricId, operationId, jobId] = [randomUUID(), randomUUID(), randomUUID()];
    for (const chunk of [2, 1, 2, 1]) await deliver(apply(fabricId, 1, { operationId, jobId, chunk }));
    expect(await database.query('SELECT chunks_seen FROM job WHERE job_id = $1', [jobId])).toEqual([{ chunks_seen: [2, 1] }]);
    expect(await database.query('SELECT step_id FROM step WHERE job_id = $1 ORDER BY 1', [jobId])).toEqual([{ step_id: 's1' }, { step_id: 's2' }]);
  });

  it('a cancellation is taken once, and what it forbids stays forbidden', async () => {
    const [fabricId, operationId] = [randomUUID(), randomUUID()];
    await deliver(cancel(fabricId, operationId, 'first'));
    const after = await contents();
    await deliver(cancel(fabricId, operationId, 'again'));
    expect(await contents()).toEqual(after);
    await deliver(apply(fabricId, 1, { operationId }));
    expect((await app.get(StepStore).load(operationId)).cancelled).toBe('first');
  });

  it('a step is withdrawn once, before or after its job came', async () => {
    const [fabricId, operationId] = [randomUUID(), randomUUID()];
    const withdraw = (reason: string, ...stepIds: string[]): Delivery => ({ type: 'steps.cancel', data: { fabricId, operationId, reason, stepIds } });
    await deliver(withdraw('first', 's1'));
    await deliver(apply(fabricId, 1, { operationId }));
    await deliver(withdraw('again', 's1', 's2'));
    expect(await app.get(StepStore).load(operationId)).toMatchObject({ cancelled: null, withdrawn: new Map([['s1', 'first'], ['s2', 'again']]) });
  });
});
