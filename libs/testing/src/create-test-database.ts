import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { stableName } from './infrastructure/lazy-infrastructure.ts';
import { testPostgres } from './infrastructure/test-infrastructure.ts';

export interface Template {
  /** Names the set of migrations: databases of the same name in one run share one migrated template. */
  name: string;
  migrate(url: string): Promise<void>;
}

export interface TestDatabase {
  name: string;
  url: string;
  /**
   * Removes it.
   * @throws when somebody is still connected: a leak of the code under test
   */
  drop(): Promise<void>;
}

/**
 * A database for one test file, with the extensions that services need. With a template it is cloned (30 ms) from a database
 * that is migrated once per run; call it in `beforeAll` and `drop()` in `afterAll`.
 */
export async function createTestDatabase(template?: Template): Promise<TestDatabase> {
  const { url: server } = await testPostgres();
  const name = `heddle_test_${randomUUID().replaceAll('-', '')}`;
  const source = template === undefined ? undefined : await ensureTemplate(server, template);
  await asSuperuser(server, (client) => client.query(`create database ${name}${source === undefined ? '' : ` template ${source}`}`));
  const url = databaseUrl(server, name);
  if (template === undefined) await asSuperuser(url, (client) => client.query('create extension if not exists pg_trgm; create extension if not exists btree_gin'));
  return { name, url, drop: () => dropDatabase(server, name) };
}

async function ensureTemplate(server: string, { name, migrate }: Template): Promise<string> {
  // The run is part of the name: a server that outlives the run must not keep old migrations.
  const run = process.env['HEDDLE_TEST_INFRASTRUCTURE'] ?? '';
  const database = stableName(name, run);
  await asSuperuser(server, async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [database]);
    const existing = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (existing.rowCount !== 0) return;
    const unfinished = `${database}_new`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished}`);
    const url = databaseUrl(server, unfinished);
    await asSuperuser(url, (inside) => inside.query('create extension if not exists pg_trgm; create extension if not exists btree_gin'));
    await migrate(url);
    await untilUnused(client, unfinished);
    await client.query(`alter database ${unfinished} rename to ${database}`);
  });
  return database;
}

async function dropDatabase(server: string, name: string): Promise<void> {
  await asSuperuser(server, async (client) => {
    const leaked = await untilUnused(client, name);
    await client.query(`drop database if exists ${name} with (force)`);
    if (leaked.length > 0) throw new Error(`${leaked.length} connections to the test's database were left open; their last statements:\n${leaked.join('\n')}`);
  });
}

/** A closed connection stays visible for a moment. @returns the last statements of those that stay */
async function untilUnused(client: pg.Client, name: string): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const { rows } = await client.query<{ query: string }>('select query from pg_stat_activity where datname = $1', [name]);
    if (rows.length === 0 || attempt === 40) return rows.map(({ query }) => query);
    await delay(25);
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function asSuperuser(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
