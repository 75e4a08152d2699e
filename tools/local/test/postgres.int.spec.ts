import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { startPostgres, type Postgres } from '../src/index.ts';

const started: Postgres[] = [];
afterEach(async () => {
  for (const postgres of started.splice(0)) await postgres.stop();
});

async function start(options?: Parameters<typeof startPostgres>[0]): Promise<Postgres> {
  const postgres = await startPostgres(options);
  started.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  it('answers with PostgreSQL 18 and trigrams', async () => {
    const { url } = await start();
    await query(url, 'create extension pg_trgm');
    expect(await query(url, `select current_setting('server_version_num')::int / 10000 as major, similarity('vpc-1', 'vpc-1') as same`))
      .toEqual([{ major: 18, same: 1 }]);
  });

  it('refuses a connection without its password', async () => {
    const { url } = await start();
    await expect(query(url.replace(/:[0-9a-f]+@/, ':wrong@'), 'select 1')).rejects.toThrow(/password/);
  });

  it('keeps its data across a crash and a second start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-kept-'));
    try {
      const first = await start({ folder });
      await query(first.url, 'create table kept as select 7 as n');
      await first.kill();
      await first.restart();
      expect(await query(first.url, 'select n from kept')).toEqual([{ n: 7 }]);
      await first.stop();
      const second = await start({ folder });
      expect(await query(second.url, 'select n from kept')).toEqual([{ n: 7 }]);
    } finally {
      for (const postgres of started.splice(0)) await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
