import { createTestDatabase, type TestDatabase } from '@heddle/testing';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Clock, createDataSource, Database, dayOf, DayPartitions, platformMigrations } from '@heddle/platform';

let testDatabase: TestDatabase;
let source: DataSource;
let database: Database;
let now: Date;
const clock = new class extends Clock {
  override now(): Date {
    return now;
  }
}();

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  source = await createDataSource({ service: 'partition-test', url: testDatabase.url, pool: 5, entities: [], migrations: platformMigrations });
  database = new Database(source);
});
afterAll(async () => {
  await source.destroy();
  await testDatabase.drop();
});
beforeEach(async () => {
  now = new Date('2026-03-01T23:59:59Z');
  await database.query('DROP TABLE IF EXISTS note');
  await database.query('CREATE TABLE note (written_on date NOT NULL, text text NOT NULL, PRIMARY KEY (written_on, text)) PARTITION BY RANGE (written_on)');
});

const partitions = () => new DayPartitions({ database, clock, table: 'note', daysAhead: 1 });
const write = (on: DayPartitions, text: string) => on.writing((day) => database.query('INSERT INTO note VALUES ($1, $2)', [day, text]));
const notes = async () => (await database.query<{ text: string; table: string }>('SELECT text, tableoid::regclass::text AS table FROM note ORDER BY 1')).map((row) => `${row.text} in ${row.table}`);

describe('partitions by day', () => {
  it('are made at need when midnight came first', async () => {
    const mine = partitions();
    await write(mine, 'before');
    now = new Date('2026-03-02T00:00:00Z');
    await write(mine, 'after');
    expect(await notes()).toEqual(['after in note_20260302', 'before in note_20260301']);
  });

  it('are made again when somebody dropped them', async () => {
    const mine = partitions();
    await write(mine, 'gone');
    await database.query('DROP TABLE note_20260301');
    await write(mine, 'kept');
    expect(await notes()).toEqual(['kept in note_20260301']);
  });

  it('are made once by processes that race', async () => {
    await Promise.all(Array.from({ length: 4 }, (_, index) => write(partitions(), `racer ${index}`)));
    expect(await notes()).toHaveLength(4);
  });

  it('hold up no transaction that is writing', async () => {
    const mine = partitions();
    await mine.today();
    await database.transaction(async (tx) => {
      await tx.query(`INSERT INTO note VALUES ('2026-03-01', 'in hand')`);
      await mine.makeAhead();
    });
    expect(await database.query(`SELECT to_regclass('note_20260302') IS NOT NULL AS made`)).toEqual([{ made: true }]);
  });

  it('are dropped when they are older than asked', async () => {
    const mine = partitions();
    for (let day = 0; day < 4; day++) await mine.ensure(dayOf(now, -day));
    expect(await mine.olderThan(2)).toEqual(['2026-02-26']);
    expect(await mine.dropOlderThan(1)).toEqual(['2026-02-26', '2026-02-27']);
    expect(await mine.olderThan(0)).toEqual(['2026-02-28']);
  });

  it('pass other failures on', async () => {
    const mine = partitions();
    await write(mine, 'twice');
    await expect(write(mine, 'twice')).rejects.toThrow('duplicate key');
  });
});
