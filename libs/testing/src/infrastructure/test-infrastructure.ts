import { infrastructureVariable, type PostgresAddress, type RabbitmqAddress } from './lazy-infrastructure.ts';

/** The PostgreSQL of this run of the tests, as its superuser; started by the first call. */
export function testPostgres(): Promise<PostgresAddress> {
  return ask('postgres') as Promise<PostgresAddress>;
}

/** The RabbitMQ of this run of the tests; started by the first call. */
export function testRabbitmq(): Promise<RabbitmqAddress> {
  return ask('rabbitmq') as Promise<RabbitmqAddress>;
}

async function ask(part: 'postgres' | 'rabbitmq'): Promise<unknown> {
  const url = process.env[infrastructureVariable];
  if (url === undefined) {
    throw new Error(`No ${part} for this test: it must lie in a test/ folder and be named *.int.spec.ts, or in e2e/ as *.e2e.spec.ts`);
  }
  const answer = await fetch(`${url}/${part}`);
  if (!answer.ok) throw new Error(`${part} could not be started: ${await answer.text()}`);
  return answer.json();
}
