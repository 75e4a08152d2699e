import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryCreate, repositoryGet, repositoryRefresh } from '@heddle/contracts';
import { BusClient, Outbox, runningTestService, type RunningService } from '@heddle/messaging';
import { Database } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, launchService, makeWorkRepo, startGitServer, type GitServer, type LaunchedService, type TestDatabase, type TestVhost, type WorkRepo } from '@heddle/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FabricEnd } from './git-sync-harness.ts';

const token = randomBytes(20).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'heddle-process-'));
const fabricId = randomUUID();
const until = <T>(check: () => T | Promise<T>) => eventually(check, { timeout: 40_000 });
const launched: LaunchedService[] = [];
/** The replica that was not killed. */
let survivor: LaunchedService;
let database: TestDatabase;
let vhost: TestVhost;
let server: GitServer;
let work: WorkRepo;
let fabric: RunningService;
let environment: Record<string, string>;

beforeAll(async () => {
  [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
  server = await startGitServer({ repos: ['network'], auth: { password: token } });
  work = await makeWorkRepo(server.path('network'));
  await publish(1);
  fabric = await runningTestService({ service: 'fabric', databaseUrl: database.url, amqpUrl: vhost.amqpUrl, controllers: [FabricEnd] });
  environment = {
    HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    HEDDLE_LOG_LEVEL: 'debug', HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_ALLOW_HTTP: 'true', HEDDLE_GIT_RETRY_SECONDS: '1',
    HEDDLE_GIT_PRIVATE_FOLDER: folder,
  };
});

afterAll(async () => {
  for (const service of launched) await service.stop();
  await fabric?.stop();
  await server?.close();
  await vhost?.delete();
  await database?.drop();
  work?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function launch(replica: string): Promise<LaunchedService> {
  const service = await launchService('git-sync', { ...environment, HEDDLE_GIT_FOLDER: join(folder, replica) });
  launched.push(service);
  return service;
}

function publish(vlan: number): Promise<string> {
  return work.publish({ 'fabric/a.yaml': `apiVersion: vpc.githedgehog.com/v1beta1\nkind: VPC\nmetadata:\n  name: a\nspec:\n  vlan: ${vlan}\n` });
}

const bus = () => fabric.app.get(BusClient);
const vlans = () => fabric.app.get(FabricEnd).revisionsOf(fabricId).map(({ files }) => (files[0]!.documents[0]!.object as { spec: { vlan: number } }).spec.vlan);

describe('git-sync as processes', () => {
  it('hands over under one of two replicas, and the other takes over after a crash', async () => {
    const replicas = await Promise.all([launch('one'), launch('two')]);
    const repository = await until(() => bus().ask(repositoryCreate, { name: 'network', url: server.url('network'), credentials: { type: 'token', token }, pollSeconds: 5 }));
    await fabric.app.get(Database).transaction((tx) => fabric.app.get(Outbox).add(tx, 'source.assign', { fabricId, repositoryId: repository.id, branch: 'main', directory: 'fabric', generation: 1, knownTree: null }));
    await until(() => expect(vlans()).toEqual([1]));

    const holder = readdirSync(folder).includes('one') && readdirSync(join(folder, 'one')).length > 0 ? 0 : 1;
    server.delayBy(1_000);
    await publish(2);
    await bus().ask(repositoryRefresh, { repository: 'network' });
    await replicas[holder]!.kill();
    survivor = replicas[1 - holder]!;
    server.delayBy(0);
    await until(() => expect(vlans()).toEqual([1, 2]));
    expect(readdirSync(join(folder, holder === 0 ? 'two' : 'one'))).toHaveLength(1);
  }, 60_000);

  it('never writes a credential into its log', async () => {
    server.failWith(401);
    await bus().ask(repositoryRefresh, { repository: 'network' });
    await until(async () => expect((await bus().ask(repositoryGet, { repository: 'network' })).reason).toBe('AuthenticationRefused'));
    const logs = launched.map((service) => service.log()).join('\n');
    expect(logs).toContain('repository cannot be read');
    expect(logs).not.toContain(token);
    expect(logs).not.toContain(Buffer.from(`git:${token}`).toString('base64'));
  });

  it('measures its contacts by kind and result', async () => {
    const texts = await Promise.all(launched.slice(0, 2).map((service) => fetch(`${service.url}/metrics`).then((answer) => answer.text(), () => '')));
    expect(texts.join('\n')).toMatch(/heddle_git_operations_total\{[^}]*result="AuthenticationRefused"/);
  });

  it('stops within seconds and leaves no key folder', async () => {
    for (const service of launched) await service.stop();
    const left = readdirSync(folder).filter((name) => name.startsWith('heddle-git-'));
    expect(left.filter((name) => name.startsWith(`heddle-git-${survivor.pid}-`))).toEqual([]);
    expect(survivor.logLines().some((line) => line['level'] === 'error')).toBe(false);
    launched.length = 0;
  });
});
