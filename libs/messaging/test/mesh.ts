import { randomUUID } from 'node:crypto';
import type { DynamicModule, Type } from '@nestjs/common';
import type { ServiceName } from '@heddle/contracts';
import { Database } from '@heddle/platform';
import { createTestDatabase, createVhost, type TestDatabase, type TestVhost } from '@heddle/testing';
import { Outbox, type RunningService, runningTestService, type TestServiceOptions } from '../src/index.ts';

/** A database and a virtual host for a test file, and the services that run on them. */
export class Mesh {
  readonly #services: RunningService[] = [];

  private constructor(readonly database: TestDatabase, readonly vhost: TestVhost) {}

  static async create(): Promise<Mesh> {
    const [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
    return new Mesh(database, vhost);
  }

  async start(service: ServiceName, controllers: Type<unknown>[] = [], options: Partial<TestServiceOptions> & { imports?: DynamicModule[] } = {}): Promise<TestService> {
    const running = await runningTestService({ service, databaseUrl: this.database.url, amqpUrl: this.vhost.amqpUrl, controllers, logLevel: 'silent', ...options });
    this.#services.push(running);
    return new TestService(running);
  }

  /** Messages in a queue, ready and unacknowledged. */
  async depth(queue: string): Promise<number> {
    return (await this.vhost.api.call<{ messages?: number }>('GET', `/queues/${encodeURIComponent(this.vhost.name)}/${encodeURIComponent(queue)}`)).messages ?? 0;
  }

  async stop(): Promise<void> {
    for (const service of this.#services.reverse()) await service.stop();
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

  async count(table: string, where = 'true'): Promise<number> {
    const [row] = await this.database.query<{ count: string }>(`SELECT count(*) FROM ${table} WHERE ${where}`);
    return Number(row?.count);
  }
}

/** Data of the command that the tests send. */
export function wanted(reason: string, fabricId: string = randomUUID()) {
  return { fabricId, fromTree: null, reason };
}
