import pg from 'pg';
import { startPostgres } from '../postgres/start-postgres.ts';
import { startRabbitmq } from '../rabbitmq/start-rabbitmq.ts';
import { inState, type LocalState } from './local-state.ts';
import type { Progress } from './progress.ts';
import type { RecordWriter } from './running-record.ts';

export interface Started<T> {
  value: T;
  stop(): Promise<void>;
}

const nothingToStop = async (): Promise<void> => {};

/** The database `heddle` of a PostgreSQL of our own, or the one that HEDDLE_POSTGRES_URL names. */
export async function bringPostgres(state: LocalState, progress: Progress, record: RecordWriter): Promise<Started<string>> {
  const given = process.env['HEDDLE_POSTGRES_URL'];
  if (given) {
    progress.line(`✓ PostgreSQL: ${new URL(given).host}, named by HEDDLE_POSTGRES_URL`);
    return { value: given, stop: nothingToStop };
  }
  const server = await progress.step('PostgreSQL', () => startPostgres({ folder: inState('postgres'), port: state.ports['postgres'] }), ({ port }) => `on 127.0.0.1:${port}`);
  state.ports['postgres'] = server.port;
  record.add('postgres', server.pid, `127.0.0.1:${server.port}`);
  const url = new URL(server.url);
  url.pathname = '/heddle';
  try {
    await createDatabase(server.url, 'heddle');
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { value: url.href, stop: server.stop };
}

async function createDatabase(server: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}

/** A RabbitMQ of our own, or the one that HEDDLE_AMQP_URL names. */
export async function bringRabbitmq(progress: Progress, record: RecordWriter): Promise<Started<string>> {
  const given = process.env['HEDDLE_AMQP_URL'];
  if (given) {
    progress.line(`✓ RabbitMQ: ${new URL(given.split(',')[0] ?? given).host}, named by HEDDLE_AMQP_URL`);
    return { value: given, stop: nothingToStop };
  }
  const broker = await progress.step(
    'RabbitMQ',
    () => startRabbitmq({ folder: inState('rabbitmq'), tell: (line) => progress.line(line) }),
    ({ amqpUrl, managementUrl }) => `on ${new URL(amqpUrl).host}, its pages on http://${new URL(managementUrl).host}`,
  );
  for (const [index, pid] of broker.pids.entries()) record.add(index === 0 ? 'rabbitmq' : 'epmd', pid, new URL(broker.amqpUrl).host);
  return { value: broker.amqpUrl, stop: broker.stop };
}
