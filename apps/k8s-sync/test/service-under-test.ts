import { randomBytes, randomUUID } from 'node:crypto';
import { clusterPut, type MessageData, type Outcome, type Step } from '@heddle/contracts';
import type { KubeSandbox } from '@heddle/kube-sandbox';
import { BusClient, OnMessage, Outbox, runningTestService, runService, type RunningService } from '@heddle/messaging';
import { Database } from '@heddle/platform';
import { createTestDatabase, createVhost, eventually, type TestDatabase, type TestVhost } from '@heddle/testing';
import { Controller } from '@nestjs/common';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import { WIDGET } from './widgets.ts';

type Told = 'steps.finished' | 'objects.observed' | 'agents.observed' | 'watch.state_changed' | 'cluster.state_changed';

/** Plays the service fabric: keeps what k8s-sync tells. */
@Controller()
class Ears {
  static heard: { [Type in Told]: MessageData<Type>[] } = { 'steps.finished': [], 'objects.observed': [], 'agents.observed': [], 'watch.state_changed': [], 'cluster.state_changed': [] };

  @OnMessage('steps.finished')
  async onSteps(data: MessageData<'steps.finished'>): Promise<void> { Ears.heard['steps.finished'].push(data); }

  @OnMessage('objects.observed')
  async onObjects(data: MessageData<'objects.observed'>): Promise<void> { Ears.heard['objects.observed'].push(data); }

  @OnMessage('agents.observed')
  async onAgents(data: MessageData<'agents.observed'>): Promise<void> { Ears.heard['agents.observed'].push(data); }

  @OnMessage('watch.state_changed')
  async onWatch(data: MessageData<'watch.state_changed'>): Promise<void> { Ears.heard['watch.state_changed'].push(data); }

  @OnMessage('cluster.state_changed')
  async onCluster(data: MessageData<'cluster.state_changed'>): Promise<void> { Ears.heard['cluster.state_changed'].push(data); }
}

export interface JobInput {
  fabricId: string;
  operationId?: string;
  operationNumber?: number;
  steps: (Partial<Step> & Pick<Step, 'stepId' | 'action' | 'target'>)[];
  deadlineMs?: number;
  concurrency?: number;
  dryRun?: boolean;
}

/** k8s-sync on a real database and broker, between a stand-in for fabric and one for the gateway. */
export class ServiceUnderTest {
  readonly heard = Ears.heard;
  readonly #services: RunningService[] = [];
  gateway!: BusClient;
  fabric!: Outbox;
  fabricDatabase!: Database;
  database!: Database;

  private constructor(readonly databases: TestDatabase, readonly vhost: TestVhost, readonly env: Record<string, string>) {}

  static async start(extra: Record<string, string> = {}, options: { service?: boolean } = {}): Promise<ServiceUnderTest> {
    const [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
    const mesh = new ServiceUnderTest(database, vhost, {
      HEDDLE_DATABASE_URL: database.url, HEDDLE_AMQP_URL: vhost.amqpUrl, HEDDLE_ALLOW_PRIVATE_ADDRESSES: 'true', HEDDLE_LOG_LEVEL: process.env['TEST_LOG'] ?? 'silent',
      HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`, HEDDLE_CLUSTER_RETRY_MS: '500', HEDDLE_DATABASE_POOL: '5', ...extra,
    });
    const common = { databaseUrl: database.url, amqpUrl: vhost.amqpUrl, logLevel: 'silent' as const };
    const fabric = await runningTestService({ service: 'fabric', ...common, controllers: [Ears] });
    const gateway = await runningTestService({ service: 'gateway', ...common });
    mesh.#services.push(fabric, gateway);
    mesh.fabric = fabric.app.get(Outbox);
    mesh.fabricDatabase = fabric.app.get(Database);
    mesh.gateway = gateway.app.get(BusClient);
    if (options.service !== false) mesh.database = (await mesh.startService()).app.get(Database);
    return mesh;
  }

  async startService(): Promise<RunningService> {
    const config = readConfig(this.env);
    const running = await runService({ service: 'k8s-sync', config, module: AppModule.forRoot(config) });
    this.#services.push(running);
    return running;
  }

  async stop(): Promise<void> {
    for (const service of this.#services.reverse()) await service.stop();
    for (const list of Object.values(this.heard)) list.length = 0;
    await this.vhost.delete();
    await this.databases.drop();
  }

  /** Registers a cluster and waits until it is connected. */
  async enter(sandbox: KubeSandbox, token = sandbox.adminToken): Promise<string> {
    const fabricId = randomUUID();
    await this.gateway.ask(clusterPut, { fabricId, spec: { server: sandbox.url, certificateAuthority: sandbox.caPem, authentication: { type: 'token', token } } });
    await eventually(() => this.connectionsOf(fabricId).at(-1) === 'connected Connected');
    return fabricId;
  }

  connectionsOf(fabricId: string): string[] {
    return this.heard['cluster.state_changed'].filter((event) => event.fabricId === fabricId).sort((a, b) => a.sequence - b.sequence).map((event) => `${event.connection.state} ${event.connection.reason}`);
  }

  async publish(...add: Parameters<Outbox['add']> extends [unknown, ...infer Rest] ? Rest : never): Promise<void> {
    await this.fabricDatabase.transaction((tx) => this.fabric.add(tx, ...add));
  }

  async watch(fabricId: string, generation = 1, extra: object = {}): Promise<void> {
    await this.publish('cluster.watch', { fabricId, generation, enabled: true, kinds: [{ ...WIDGET, role: 'object', projection: null }], ...extra });
  }

  /** Hands a job over, in chunks of up to 100 steps. Answers its operation. */
  async apply({ fabricId, operationId = randomUUID(), operationNumber = 1, steps, deadlineMs = 20_000, concurrency = 16, dryRun = false }: JobInput): Promise<string> {
    const jobId = randomUUID();
    const chunks = Math.max(1, Math.ceil(steps.length / 100));
    for (let chunk = 1; chunk <= chunks; chunk += 1) {
      await this.publish('steps.apply', {
        fabricId, operationId, operationNumber, jobId, chunk, chunks, dryRun, concurrency, deadline: new Date(Date.now() + deadlineMs).toISOString(),
        steps: steps.slice((chunk - 1) * 100, chunk * 100).map((step) => ({ attempt: 1, ...step })),
      });
    }
    return operationId;
  }

  /** All that was told of the steps of an operation, in order. */
  told(operationId: string): { stepId: string; outcome: Outcome }[] {
    return this.heard['steps.finished'].filter((message) => message.operationId === operationId).flatMap((message) => message.outcomes);
  }

  /** The final outcomes, once there are so many. */
  async outcomes(operationId: string, count: number, timeout = 20_000): Promise<Record<string, Outcome>> {
    const final = () => this.told(operationId).filter(({ outcome }) => outcome.type !== 'retry' && outcome.type !== 'waiting');
    await eventually(() => final().length >= count, { timeout });
    const list = final();
    if (new Set(list.map((step) => step.stepId)).size !== list.length) throw new Error('a step has two final outcomes');
    return Object.fromEntries(list.map(({ stepId, outcome }) => [stepId, outcome]));
  }
}
