import { Client, type ClientBase } from 'pg';
import { DataSource, type EntitySchema, type MigrationInterface } from 'typeorm';
import type { Logger } from '../telemetry/logger.ts';
import { keepPlans } from './plan-once.ts';
import { SlowQueries } from './slow-queries.ts';

type Class<Type = unknown> = new (...args: never[]) => Type;

/** What a service keeps in PostgreSQL. */
export interface DatabaseOptions {
  /** Service name; its schema is the same with `_` for `-`. */
  service: string;
  url: string;
  /** Connections in the pool. */
  pool: number;
  entities: (Class | EntitySchema)[];
  migrations: Class<MigrationInterface>[];
  /** How long a transaction may stand still before PostgreSQL ends it, milliseconds; default 10,000, which is below the time after which a lease changes hands. */
  idleInTransactionMs?: number;
  /** Statements that take longer are logged, without their parameters; default none. */
  slow?: { afterMs: number; logger: Logger };
}

/**
 * A process that is stopped in the middle of a transaction keeps its locks, that on its lease included: nobody could take
 * the lease over. PostgreSQL ends such a transaction after this, before a lease changes hands (15 s).
 */
const IDLE_IN_TRANSACTION_MS = 10_000;

/** What indexes of the services need, beside PostgreSQL itself; every distribution has them, and an owner of the database may create them. */
const EXTENSIONS = ['pg_trgm', 'btree_gin'];

/** The schema that a service owns. */
export function schemaOf(service: string): string {
  return service.replaceAll('-', '_');
}

/** Makes the service's schema where it is missing, runs the migrations under a lock, and answers the connected data source. */
export async function createDataSource(options: DatabaseOptions): Promise<DataSource> {
  const schema = schemaOf(options.service);
  const lock = new Client({ connectionString: options.url, application_name: `heddle-${options.service}-migrations` });
  outlive(lock);
  await lock.connect();
  try {
    // One lock for all services: `CREATE EXTENSION` races with itself across schemas.
    await lock.query(`SELECT pg_advisory_lock(hashtext('heddle migrations'))`);
    for (const extension of EXTENSIONS) await lock.query(`CREATE EXTENSION IF NOT EXISTS ${extension} SCHEMA public`);
    await lock.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    const source = new DataSource({
      type: 'postgres', url: options.url, schema, entities: options.entities, migrations: options.migrations,
      migrationsTableName: 'migration', migrationsTransactionMode: 'each', synchronize: false, logging: false,
      ...(options.slow && { maxQueryExecutionTime: options.slow.afterMs, logger: new SlowQueries(options.slow.logger) }),
      applicationName: `heddle-${options.service}`, poolSize: options.pool,
      extra: { onConnect: prepare, options: `-c search_path=${schema},public -c idle_in_transaction_session_timeout=${options.idleInTransactionMs ?? IDLE_IN_TRANSACTION_MS}`, connectionTimeoutMillis: 5_000, keepAlive: true },
    });
    await source.initialize();
    await source.runMigrations();
    return source;
  } finally {
    await lock.end();
  }
}

function prepare(connection: ClientBase): void {
  outlive(connection);
  keepPlans(connection);
}

/**
 * An `error` of a connection that nobody listens to ends the process. The pool and TypeORM listen while they hold it, but
 * not between the hand-over of a new connection by the one and the next turn of the other: PostgreSQL may end it just then,
 * as it does when it is shut down. Whoever asks something of the connection is told by the rejection.
 */
function outlive(connection: ClientBase): void {
  connection.on('error', () => undefined);
}
