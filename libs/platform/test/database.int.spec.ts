import { createTestDatabase, type TestDatabase } from '@heddle/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditTrail, type AuditRow, Clock, Database, createDataSource, findBrokenLink, Logger, onCommit, planOnce, rowsOf, runInContext, platformMigrations } from '@heddle/platform';

let testDatabase: TestDatabase;
let source: DataSource;
let database: Database;
const lines: string[] = [];
const logger = Logger.create('db-test', 'info', { to: { write: (line) => { lines.push(line); } } });
/** What was logged with these fields. */
const logged = (fields: object) => lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => Object.entries(fields).every(([name, value]) => line[name] === value));

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  source = await createDataSource({ service: 'db-test', url: testDatabase.url, pool: 5, entities: [], migrations: platformMigrations, slow: { afterMs: 150, logger } });
  database = new Database(source);
  await database.query('CREATE TABLE pair (id int PRIMARY KEY, value int NOT NULL)');
  await database.query('INSERT INTO pair VALUES (1, 0), (2, 0)');
});
afterAll(async () => {
  await source.destroy();
  await testDatabase.drop();
});

describe('Database', () => {
  it('keeps each service in its own schema', async () => {
    expect(await database.query('SELECT current_schema() AS schema')).toEqual([{ schema: 'db_test' }]);
  });

  it('logs a statement that takes long, without its parameters', async () => {
    await database.query('SELECT pg_sleep($1), $2::text', [0.2, 'hunter2']);
    // Others may take as long on a slow machine.
    expect(logged({ log: 'slow', statement: 'SELECT pg_sleep($1), $2::text' })).toEqual([expect.objectContaining({ level: 'warn', msg: 'a statement took long', milliseconds: expect.any(Number) as number })]);
    expect(lines.join()).not.toContain('hunter2');
  });

  it('tries a deadlocked transaction again', async () => {
    let attempts = 0;
    const both = Promise.withResolvers<void>();
    const add = (first: number, second: number) => database.transaction(async (tx) => {
      attempts++;
      await tx.query('UPDATE pair SET value = value + 1 WHERE id = $1', [first]);
      if (attempts === 2) both.resolve();
      await both.promise;
      await tx.query('UPDATE pair SET value = value + 1 WHERE id = $1', [second]);
    });
    await Promise.all([add(1, 2), add(2, 1)]);
    expect(attempts).toBe(3);
    expect(await database.query('SELECT value FROM pair ORDER BY id')).toEqual([{ value: 2 }, { value: 2 }]);
  });

  it('takes the locks of a transaction that stands still', async () => {
    const stopped = await createDataSource({ service: 'db-test', url: testDatabase.url, pool: 1, entities: [], migrations: platformMigrations, idleInTransactionMs: 1_000 });
    const still = new Database(stopped).transaction(async (tx) => {
      await tx.query('SELECT value FROM pair WHERE id = 1 FOR SHARE');
      // As a process that was stopped here and woke up late.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await tx.query('UPDATE pair SET value = 100');
    });
    const refused = expect(still).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await database.query('UPDATE pair SET value = 7 WHERE id = 1');
    await refused;
    await stopped.destroy();
    expect(await database.query('SELECT value FROM pair ORDER BY id')).toEqual([{ value: 7 }, { value: 2 }]);
    await database.query('UPDATE pair SET value = 2');
  }, 25_000);

  it('calls back after the commit and never after a rollback', async () => {
    const seen: string[] = [];
    await database.transaction(async (tx) => { onCommit(tx, () => seen.push('committed')); });
    await database.transaction(async (tx) => {
      onCommit(tx, () => seen.push('rolled back'));
      throw new Error('no');
    }).catch(() => undefined);
    expect(seen).toEqual(['committed']);
  });

  it('stays committed when a callback throws', async () => {
    const seen: string[] = [];
    const result = await database.transaction(async (tx) => {
      onCommit(tx, () => { throw new Error('late'); });
      onCommit(tx, () => seen.push('next'));
      return 'done';
    });
    expect([result, ...seen]).toEqual(['done', 'next']);
  });

  it('keeps the plan of a statement that asks for it', async () => {
    const statement = planOnce('double', 'SELECT 2 * $1::integer AS doubled');
    await database.transaction(async (tx) => {
      for (const number of [1, 2]) expect(await rowsOf(tx, statement, [number])).toEqual([{ doubled: 2 * number }]);
      await rowsOf(tx, 'SELECT 3 * $1::integer', [1]);
      expect(await rowsOf(tx, 'SELECT name, (generic_plans + custom_plans)::integer AS runs FROM pg_prepared_statements')).toEqual([{ name: 'double', runs: 2 }]);
    });
  });

  it('answers the rows of an update', async () => {
    await database.transaction(async (tx) => {
      expect(await rowsOf(tx, 'UPDATE pair SET value = 7 WHERE id = 1 RETURNING id')).toEqual([{ id: 1 }]);
    });
  });

  it('runs the same migrations at once in two processes', async () => {
    const options = { service: 'twice', url: testDatabase.url, pool: 2, entities: [], migrations: platformMigrations };
    const both = await Promise.all([createDataSource(options), createDataSource(options)]);
    for (const one of both) await one.destroy();
  });
});

describe('AuditTrail', () => {
  const audit = new AuditTrail(new Clock(), logger);
  const rows = () => database.query<AuditRow>(
    `SELECT sequence::int, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, actor, action, subject, outcome, details,
       correlation_id AS "correlationId", previous_hash AS "previousHash", hash FROM audit ORDER BY sequence`);

  it('chains entries of concurrent writers', async () => {
    await runInContext({ correlationId: 'c1', actor: { type: 'user', id: 'u1' } }, () => Promise.all(Array.from({ length: 8 }, (_, n) =>
      database.transaction((tx) => audit.append(tx, { action: 'thing.change', subject: `thing/${n}`, outcome: 'done', details: { z: 1, a: { n } } })))));
    const chain = await rows();
    expect(chain).toHaveLength(8);
    expect(chain[0]).toMatchObject({ actor: { id: 'u1' }, correlationId: 'c1' });
    expect(findBrokenLink(chain)).toBeNull();
  });

  it('tells the security log what was committed, and nothing else', async () => {
    const entry = { action: 'thing.drop', subject: 'thing/9', outcome: 'refused' } as const;
    await expect(database.transaction(async (tx) => { await audit.append(tx, entry); throw new Error('back'); })).rejects.toThrow('back');
    expect(logged({ log: 'security', action: 'thing.drop' })).toEqual([]);
    await runInContext({ correlationId: 'c2', actor: { type: 'user', id: 'u1' } }, () => database.transaction((tx) => audit.append(tx, entry)));
    expect(logged({ log: 'security', action: 'thing.drop' })).toMatchObject([{ level: 'warn', outcome: 'refused', subject: 'thing/9', actor: { id: 'u1' }, correlation_id: 'c2' }]);
  });

  it('shows which entry was changed', async () => {
    const chain = await rows();
    chain[3]!.outcome = 'refused';
    expect(findBrokenLink(chain)?.sequence).toBe(4);
  });
});
