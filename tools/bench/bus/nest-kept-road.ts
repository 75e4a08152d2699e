import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Controller, Module } from '@nestjs/common';
import { Ctx, EventPattern, Payload, type RmqContext } from '@nestjs/microservices';
import pg from 'pg';
import { acknowledge, nestClient, nestListens } from './nest-road.ts';
import type { Road } from './road.ts';
import { WINDOW } from './road.ts';

/** As many connections as a service of Heddle's has. */
const POOL = 10;

let database: pg.Pool;
let take: (text: string) => void = () => undefined;

/** What a user of Nest's transport has to add for the guarantees of Heddle's: nothing is sent that was not committed, or lost that was, and an effect happens once. */
@Controller()
class TakesOnce {
  @EventPattern('bench')
  async onMessage(@Payload() { id, text }: { id: string; text: string }, @Ctx() context: unknown): Promise<void> {
    const connection = await database.connect();
    try {
      await connection.query('BEGIN');
      const { rowCount } = await connection.query('INSERT INTO known (id) VALUES ($1) ON CONFLICT DO NOTHING', [id]);
      if (rowCount === 1) await connection.query('INSERT INTO effect (id) VALUES ($1)', [randomUUID()]);
      await connection.query('COMMIT');
    } finally {
      connection.release();
    }
    acknowledge(context as RmqContext);
    take(text);
  }
}

@Module({ controllers: [TakesOnce] })
class TakingModule {}

async function connected(databaseUrl: string): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL });
  await pool.query(`
    SELECT pg_advisory_lock(1);
    CREATE TABLE IF NOT EXISTS waiting (id uuid PRIMARY KEY, text text NOT NULL);
    CREATE TABLE IF NOT EXISTS known (id uuid PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS effect (id uuid PRIMARY KEY);
    SELECT pg_advisory_unlock(1)`);
  return pool;
}

/** Nest's transport with an outbox and an inbox of a user's own: transactions of 250 messages where it sends; where it takes it hands over one message at a time. */
export const nestKeptRoad: Road = {
  async sender({ amqpUrl, databaseUrl }) {
    const [emit, pool] = await Promise.all([nestClient(amqpUrl), connected(databaseUrl)]);
    return {
      group: WINDOW - 6, concurrency: 2,
      send: async (texts) => {
        const ids = texts.map(() => randomUUID());
        await pool.query('INSERT INTO waiting (id, text) SELECT * FROM unnest($1::uuid[], $2::text[])', [ids, texts]);
        await Promise.all(texts.map((text, index) => emit({ id: ids[index], text })));
        await pool.query('DELETE FROM waiting WHERE id = ANY($1::uuid[])', [ids]);
      },
    };
  },
  async taker({ amqpUrl, databaseUrl }, taken) {
    take = taken;
    database = await connected(databaseUrl);
    await nestListens(amqpUrl, TakingModule);
  },
};
