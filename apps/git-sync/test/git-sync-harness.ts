import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryList, type MessageData } from '@heddle/contracts';
import { BusClient, OnMessage, Outbox, runningTestService, runService, type RunningService } from '@heddle/messaging';
import { Database } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, type TestDatabase, type TestVhost } from '@heddle/testing';
import { Controller } from '@nestjs/common';
import { AppModule } from '../src/app.module.ts';
import { readConfig, type GitSyncConfig } from '../src/config.ts';

/** Plays fabric: keeps what git-sync says. */
@Controller()
export class FabricEnd {
  readonly revisions: MessageData<'revision.observed'>[] = [];
  readonly states: MessageData<'source.state_changed'>[] = [];
  readonly correlations: string[] = [];

  @OnMessage('revision.observed')
  async revision(data: MessageData<'revision.observed'>, { envelope }: { envelope: { metadata: { correlation_id: string } } }): Promise<void> {
    this.revisions.push(data);
    this.correlations.push(envelope.metadata.correlation_id);
  }

  @OnMessage('source.state_changed')
  async state(data: MessageData<'source.state_changed'>): Promise<void> {
    this.states.push(data);
  }

  revisionsOf(fabricId: string): MessageData<'revision.observed'>[] {
    return this.revisions.filter((revision) => revision.fabricId === fabricId);
  }

  stateOf(fabricId: string): string | undefined {
    return this.states.findLast((state) => state.fabricId === fabricId)?.reason;
  }
}

/** git-sync on a database and virtual host of its own, with somebody to ask and somebody to be told. */
export class GitSyncHarness {
  private constructor(
    readonly folder: string,
    private readonly database: TestDatabase,
    private readonly vhost: TestVhost,
    readonly fabric: RunningService,
    private readonly environment: Record<string, string>,
    public service: RunningService | null,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<GitSyncHarness> {
    const [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
    const folder = mkdtempSync(join(tmpdir(), 'heddle-git-sync-'));
    const fabric = await runningTestService({ service: 'fabric', databaseUrl: database.url, amqpUrl: vhost.amqpUrl, controllers: [FabricEnd] });
    const harness = new GitSyncHarness(folder, database, vhost, fabric, {
      HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
      HEDDLE_LOG_LEVEL: 'error', HEDDLE_DATABASE_POOL: '5', HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_ALLOW_HTTP: 'true', HEDDLE_GIT_RETRY_SECONDS: '1',
      HEDDLE_GIT_FOLDER: join(folder, 'mirrors'), HEDDLE_GIT_PRIVATE_FOLDER: folder, PATH: process.env['PATH']!, ...environment,
    }, null);
    await harness.startService();
    return harness;
  }

  get config(): GitSyncConfig {
    return readConfig(this.environment);
  }

  async startService(): Promise<void> {
    const { config } = this;
    this.service = await runService({ service: 'git-sync', module: AppModule.forRoot(config), config });
    // Its queue of requests may be consumed a moment later.
    await eventually(() => this.bus.ask(repositoryList, { limit: 1 }), { timeout: 20_000 });
  }

  async stopService(): Promise<void> {
    await this.service?.stop();
    this.service = null;
  }

  get end(): FabricEnd {
    return this.fabric.app.get(FabricEnd);
  }

  get bus(): BusClient {
    return this.fabric.app.get(BusClient);
  }

  get rows(): Database {
    return this.service!.app.get(Database);
  }

  async send(type: 'source.assign' | 'source.release' | 'revision.wanted', data: object): Promise<void> {
    await this.fabric.app.get(Database).transaction((tx) => this.fabric.app.get(Outbox).add(tx, type, data as never));
  }

  /** Lets a new fabric read a directory. */
  async assign(repositoryId: string, directory: string, over: object = {}): Promise<string> {
    const fabricId = randomUUID();
    await this.send('source.assign', { fabricId, repositoryId, branch: 'main', directory, generation: 1, knownTree: null, ...over });
    return fabricId;
  }

  async stop(): Promise<void> {
    await this.stopService();
    await this.fabric.stop();
    await this.vhost.delete();
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
