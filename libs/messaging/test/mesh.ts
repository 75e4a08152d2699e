import { randomUUID } from 'node:crypto';
import type { DynamicModule, Type } from '@nestjs/common';
import type { ServiceName } from '@heddle/contracts';
import { Database, Metrics } from '@heddle/platform';
import { createTestDatabase, createVhost, type TestDatabase, type TestVhost } from '@heddle/testing';
import amqp from 'amqplib';
import { Outbox, type RunningService, runningTestService, type TestServiceOptions } from '../src/index.ts';

/** A database and a virtual host for a test file, and the services that run on them. */
export class Mesh {
  readonly #services: RunningService[] = [];

  readonly #connection: amqp.ChannelModel;

  private constructor(readonly database: TestDatabase, readonly vhost: TestVhost, connection: amqp.ChannelModel) {
    this.#connection = connection;
  }

  static async create(): Promise<Mesh> {
    const [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
    return new Mesh(database, vhost, await amqp.connect(vhost.amqpUrl));
  }

  async start(service: ServiceName, controllers: Type<unknown>[] = [], options: Partial<TestServiceOptions> & { imports?: DynamicModule[] } = {}): Promise<TestService> {
    const running = await runningTestService({ service, databaseUrl: this.database.url, amqpUrl: this.vhost.amqpUrl, controllers, logLevel: 'silent', ...options });
    this.#services.push(running);
    return new TestService(running);
  }

  /** Messages that wait in a queue and consumers of it; the management API would tell what was five seconds ago. */
  async queue(name: string): Promise<{ messageCount: number; consumerCount: number }> {
    const channel = await this.#connection.createChannel();
    channel.on('error', () => undefined); // the failed call tells
    const counts = await channel.checkQueue(name);
    await channel.close();
    return counts;
  }

  async depth(queue: string): Promise<number> {
    return (await this.queue(queue)).messageCount;
  }

  async deleteQueue(name: string): Promise<void> {
    const channel = await this.#connection.createChannel();
    await channel.deleteQueue(name);
    await channel.close();
  }

  async stop(): Promise<void> {
    for (const service of this.#services.reverse()) await service.stop();
    await this.#connection.close();
    await this.vhost.delete();
    await this.database.drop();
  }
}

/** One running service, as tests use it. */
export class TestService {
  readonly database: Database;
  readonly outbox: Outbox;

  constructor(readonly running: RunningService) {
    this.database = running.app.get(Database);
    this.outbox = running.app.get(Outbox);
  }

  /** Publishes in a transaction of its own. */
  async publish(...add: Parameters<Outbox['add']> extends [unknown, ...infer Rest] ? Rest : never): Promise<void> {
    await this.database.transaction((tx) => this.outbox.add(tx, ...add));
  }

  /** How many deliveries came to this end. */
  handled(outcome: string): Promise<number> {
    return this.counted('heddle_bus_handled_total', outcome);
  }

  /** How many tries to publish came to this end. */
  published(outcome: string): Promise<number> {
    return this.counted('heddle_bus_published_total', outcome);
  }

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.database.query<{ count: string }>(`SELECT count(*) FROM ${table} WHERE ${where}`);
    return Number(row?.count);
  }

  private async counted(name: string, outcome: string): Promise<number> {
    const metric = await this.running.app.get(Metrics).registry.getSingleMetric(name)!.get();
    return metric.values.filter(({ labels }) => labels['outcome'] === outcome).reduce((sum, { value }) => sum + value, 0);
  }
}

/** Data of the command that the tests send. */
export function wanted(reason: string, fabricId: string = randomUUID()) {
  return { fabricId, fromTree: null, reason };
}
