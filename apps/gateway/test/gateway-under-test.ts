import { randomBytes } from 'node:crypto';
import type { ServiceName } from '@heddle/contracts';
import { type RunningService, runningTestService, runService } from '@heddle/messaging';
import { createTestDatabase, createVhost, type TestDatabase, type TestVhost } from '@heddle/testing';
import supertest from 'supertest';
import { AppModule } from '../src/app.module.ts';
import { readConfig } from '../src/config.ts';
import { configureHttp } from '../src/http/configure-http.ts';
import { httpAdapter } from '../src/http/http-adapter.ts';

type Controllers = readonly (new () => object)[];

/** The gateway on a real database and broker; the services behind it are real consumers whose answers a test chooses. */
export class GatewayUnderTest {
  /** The administrator's token. */
  readonly token = randomBytes(24).toString('hex');
  readonly auth = { authorization: `Bearer ${this.token}` };
  readonly services = new Map<ServiceName, RunningService>();
  running!: RunningService;

  private constructor(private readonly database: TestDatabase, private readonly vhost: TestVhost, private readonly environment: Record<string, string>) {}

  /** @param answers the controllers of each service that is up, by its name */
  static async start(answers: Partial<Record<ServiceName, Controllers>>, environment: Record<string, string> = {}): Promise<GatewayUnderTest> {
    const [database, vhost] = await Promise.all([createTestDatabase(), createVhost()]);
    const gateway = new GatewayUnderTest(database, vhost, environment);
    await Promise.all(Object.entries(answers).map(async ([service, controllers]) => {
      gateway.services.set(service as ServiceName, await gateway.service(service as ServiceName, controllers));
    }));
    gateway.running = await gateway.another();
    return gateway;
  }

  get http(): ReturnType<typeof supertest> {
    return supertest(this.running.http.url);
  }

  get(path: string): supertest.Test {
    return this.http.get(`/api/v1/${path}`).set(this.auth);
  }

  post(path: string, body: object = {}): supertest.Test {
    return this.http.post(`/api/v1/${path}`).set(this.auth).send(body);
  }

  /** One more service, which the test stops. */
  service(service: ServiceName, controllers: Controllers): Promise<RunningService> {
    return runningTestService({ service, databaseUrl: this.database.url, amqpUrl: this.vhost.amqpUrl, controllers: [...controllers] });
  }

  /** One more replica, which the test stops. */
  another(administrator = this.token): Promise<RunningService> {
    const config = readConfig({
      HEDDLE_DATABASE_URL: this.database.url, HEDDLE_AMQP_URL: this.vhost.amqpUrl, HEDDLE_ENCRYPTION_KEYS: `t:${randomBytes(32).toString('base64')}`,
      HEDDLE_ADMIN_TOKEN: administrator, HEDDLE_LOG_LEVEL: 'silent', ...this.environment,
    });
    return runService({ service: 'gateway', config, module: AppModule.forRoot(config), configure: configureHttp, adapter: httpAdapter(config), rawBody: true });
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    for (const service of this.services.values()) await service.stop();
    await this.vhost.delete();
    await this.database.drop();
  }
}
