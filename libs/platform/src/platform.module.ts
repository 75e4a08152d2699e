import { randomUUID } from 'node:crypto';
import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { EntitySchema, MigrationInterface } from 'typeorm';
import { AuditTrail } from './audit/audit-trail.ts';
import { Background } from './background.ts';
import { Clock } from './clock.ts';
import type { PlatformConfig } from './configuration/platform-config.ts';
import { createDataSource, schemaOf } from './database/create-data-source.ts';
import { Database } from './database/database.ts';
import { platformMigrations } from './database/platform-migrations.ts';
import { HealthController } from './health/health.controller.ts';
import { HealthRegistry } from './health/health-registry.ts';
import { Ids } from './ids.ts';
import { Leases } from './leases/leases.ts';
import { addressPolicy } from './outbound/address-policy.ts';
import { Breakers } from './outbound/breakers.ts';
import { OutboundGuard } from './outbound/outbound-guard.ts';
import { SecretBox } from './secrets/secret-box.ts';
import { Logger } from './telemetry/logger.ts';
import { Metrics } from './telemetry/metrics.ts';

type Class<Type = unknown> = new (...args: never[]) => Type;

export interface PlatformOptions {
  /** The service's name, e.g. `git-sync`. */
  service: string;
  config: PlatformConfig;
  entities?: (Class | EntitySchema)[];
  /** Those of the service and of the bus; the platform's own come first by themselves. */
  migrations?: Class<MigrationInterface>[];
}

const OPTIONS = Symbol('platform options');

/** Ends what the platform began, in reverse: loops, leases, breakers, connections. */
class PlatformShutdown implements OnApplicationShutdown {
  constructor(
    @Inject(Background) private readonly background: Background,
    @Inject(Leases) private readonly leases: Leases,
    @Inject(Breakers) private readonly breakers: Breakers,
    @Inject(OutboundGuard) private readonly guard: OutboundGuard,
    @Inject(Database) private readonly database: Database,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.background.stop();
    await this.leases.stop();
    this.breakers.stop();
    await this.guard.close();
    await this.database.dataSource.destroy();
  }
}

/** What every service stands on; global. Migrations have run and the first heartbeat is written when it is ready. */
@Global()
@Module({})
export class PlatformModule {
  static forRoot(options: PlatformOptions): DynamicModule {
    const { service, config } = options;
    return {
      module: PlatformModule,
      controllers: [HealthController],
      providers: [
        { provide: OPTIONS, useValue: options },
        Clock, Ids, PlatformShutdown, HealthRegistry,
        { provide: Logger, useFactory: () => Logger.create(service, config.HEDDLE_LOG_LEVEL, { slowMs: config.HEDDLE_SLOW_MS }) },
        { provide: Metrics, useFactory: () => new Metrics(service) },
        { provide: SecretBox, useFactory: () => SecretBox.fromConfig(config.HEDDLE_ENCRYPTION_KEYS) },
        { provide: OutboundGuard, useFactory: () => new OutboundGuard({ policy: addressPolicy(config.HEDDLE_ALLOW_PRIVATE_ADDRESSES), allowHttp: config.HEDDLE_ALLOW_HTTP }) },
        { provide: Breakers, useFactory: () => new Breakers() },
        { provide: AuditTrail, inject: [Clock, Logger], useFactory: (clock: Clock, logger: Logger) => new AuditTrail(clock, logger) },
        { provide: Background, inject: [Logger], useFactory: (logger: Logger) => new Background(logger) },
        { provide: Database, inject: [OPTIONS, HealthRegistry, Logger], useFactory: openDatabase },
        { provide: Leases, inject: [OPTIONS, Database, Clock, Logger], useFactory: startLeases },
      ],
      exports: [Clock, Ids, Logger, Metrics, SecretBox, OutboundGuard, Breakers, AuditTrail, Background, Database, Leases, HealthRegistry],
    };
  }
}

async function openDatabase(options: PlatformOptions, health: HealthRegistry, logger: Logger): Promise<Database> {
  const database = new Database(await createDataSource({
    service: options.service, url: options.config.HEDDLE_DATABASE_URL, pool: options.config.HEDDLE_DATABASE_POOL,
    entities: options.entities ?? [], migrations: [...platformMigrations, ...options.migrations ?? []],
    slow: { afterMs: options.config.HEDDLE_SLOW_QUERY_MS, logger },
  }));
  health.register('postgresql', async () => {
    await database.query('SELECT 1');
    return { ok: true, message: 'answers' };
  }, { critical: true });
  return database;
}

async function startLeases(options: PlatformOptions, database: Database, clock: Clock, logger: Logger): Promise<Leases> {
  const leases = new Leases({
    url: options.config.HEDDLE_DATABASE_URL, schema: schemaOf(options.service), owner: randomUUID(), database, clock, logger,
  });
  await leases.start();
  return leases;
}
