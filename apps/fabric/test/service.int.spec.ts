import { randomBytes, randomUUID } from 'node:crypto';
import { fabricCreate, fabricGet, operationStart, resourceList } from '@heddle/contracts';
import { BusClient, Outbox, runningTestService, runService, type RunningService } from '@heddle/messaging';
import { Database, runInContext } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, type TestDatabase, type TestVhost } from '@heddle/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import { file, namespaces, observed, revisionOf } from './messages-to-fabric.ts';

let database: TestDatabase;
let vhost: TestVhost;
let fabric: RunningService;
let gitSync: RunningService;
let k8sSync: RunningService;
let gateway: RunningService;

beforeAll(async () => {
  database = await createTestDatabase();
  vhost = await createVhost();
  const config = readConfig({
    HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_LOG_LEVEL: 'error', HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_ALLOW_HTTP: 'true',
  });
  fabric = await runService({ service: 'fabric', config, module: AppModule.forRoot(config) });
  const other = (service: 'git-sync' | 'k8s-sync' | 'gateway') => runningTestService({ service, databaseUrl: database.url, amqpUrl: vhost.amqpUrl });
  gitSync = await other('git-sync');
  k8sSync = await other('k8s-sync');
  gateway = await other('gateway');
});

afterAll(async () => {
  for (const service of [gateway, k8sSync, gitSync, fabric]) await service?.stop();
  await vhost?.delete();
  await database?.drop();
});

it('answers questions and takes messages over the bus', async () => {
  const client = gateway.app.get(BusClient);
  const id = randomUUID();
  const actor = { type: 'user' as const, id: 'ada' };
  const created = await client.ask(fabricCreate, { id, repositoryId: randomUUID(), name: 'lab', source: { repository: 'network' }, policy: { automaticSync: true } }, { actor });
  expect(created).toMatchObject({ name: 'lab', state: 'planned', policy: { automaticSync: true, prune: false } });
  await tell(gitSync, (outbox, tx) => outbox.add(tx, 'revision.observed', revisionOf(id, { from: null, to: 't1', files: [file('a.yaml', ...namespaces)] })[0]!, { fabricId: id }));
  await tell(k8sSync, async (outbox, tx) => {
    await outbox.add(tx, 'cluster.state_changed', {
      fabricId: id, server: 'https://127.0.0.1', sequence: 1,
      connection: { state: 'connected', reason: 'Connected', message: '', since: new Date().toISOString(), breaker: { state: 'closed', nextTryAt: null, lastError: null } },
    }, { fabricId: id });
    for (const kind of ['IPv4Namespace', 'VLANNamespace']) await outbox.add(tx, 'objects.observed', observed(id, kind, [], { mode: 'snapshot', now: new Date() }), { fabricId: id });
  });
  await eventually(async () => expect(await client.ask(fabricGet, { fabric: 'lab' })).toMatchObject({ state: 'active', sync: { state: 'syncing' } }));
  expect(await client.ask(resourceList, { fabric: 'lab' })).toMatchObject({ items: [{ name: 'default', state: 'pending' }, { name: 'default' }] });
  // All has left: k8s-sync's queues exist, whether or not somebody takes from them.
  await eventually(async () => expect(await fabric.app.get(Database).query('select type from outbox')).toEqual([]));
});

it('tells the asker why it refuses', async () => {
  const client = gateway.app.get(BusClient);
  await expect(client.ask(operationStart, { fabric: 'nowhere' })).rejects.toMatchObject({ code: 'STATE-010', message: expect.stringContaining('nowhere') });
});

function tell(service: RunningService, fn: (outbox: Outbox, tx: Parameters<Parameters<Database['transaction']>[0]>[0]) => Promise<void>): Promise<void> {
  return runInContext({ correlationId: randomUUID() }, () => service.app.get(Database).transaction((tx) => fn(service.app.get(Outbox), tx)));
}
