import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { startPostgres, startRabbitmq } from '@heddle/local';

/** Name of the variable by which workers find the infrastructure of their run. */
export const infrastructureVariable = 'HEDDLE_TEST_INFRASTRUCTURE';

export interface PostgresAddress {
  url: string;
}

export interface RabbitmqAddress {
  amqpUrl: string;
  managementUrl: string;
}

export interface LazyInfrastructure {
  /** Answers `<url>/postgres` and `<url>/rabbitmq` with addresses as JSON. */
  url: string;
  stop(): Promise<void>;
}

interface Part<T> {
  address: T;
  stop(): Promise<void>;
}

/**
 * One PostgreSQL and one RabbitMQ for a whole run of the tests, each started when a worker first
 * asks for it: a run of a few tests doesn't pay for what it doesn't use. Servers that the
 * environment names are used instead.
 */
export async function serveInfrastructure(environment: NodeJS.ProcessEnv): Promise<LazyInfrastructure> {
  const postgres = once(() => postgresOf(environment));
  const rabbitmq = once(() => rabbitmqOf(environment));
  // The path is secret: it leads to passwords.
  const secret = randomBytes(16).toString('hex');
  const server = createServer((request, response) => {
    const part = request.url === `/${secret}/postgres` ? postgres : request.url === `/${secret}/rabbitmq` ? rabbitmq : undefined;
    if (part === undefined) return void response.writeHead(404).end();
    part.get().then(
      ({ address }) => response.end(JSON.stringify(address)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The infrastructure server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/${secret}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await Promise.all([postgres.stop(), rabbitmq.stop()]);
    },
  };
}

function once<T>(start: () => Promise<Part<T>>): { get(): Promise<Part<T>>; stop(): Promise<void> } {
  let started: Promise<Part<T>> | undefined;
  return {
    get: () => (started ??= start()),
    stop: async () => {
      // A start that failed has told its asker already and left nothing to stop.
      const part = await started?.catch(() => undefined);
      await part?.stop();
    },
  };
}

async function postgresOf(environment: NodeJS.ProcessEnv): Promise<Part<PostgresAddress>> {
  const url = environment['HEDDLE_TEST_POSTGRES_URL'];
  if (url) return { address: { url }, stop: async () => {} };
  const own = await startPostgres();
  return { address: { url: own.url }, stop: own.stop };
}

async function rabbitmqOf(environment: NodeJS.ProcessEnv): Promise<Part<RabbitmqAddress>> {
  const amqpUrl = environment['HEDDLE_TEST_AMQP_URL'];
  if (!amqpUrl) {
    const own = await startRabbitmq({ tell: (line) => console.log(line) });
    return { address: { amqpUrl: own.amqpUrl, managementUrl: own.managementUrl }, stop: own.stop };
  }
  const { hostname, username, password } = new URL(amqpUrl);
  const managementUrl = environment['HEDDLE_TEST_RABBITMQ_MANAGEMENT_URL'] ?? `http://${username}:${password}@${hostname}:15672`;
  return { address: { amqpUrl, managementUrl }, stop: async () => {} };
}

/** A name that fits PostgreSQL (63 bytes) and RabbitMQ, the same for the same parts. */
export function stableName(...parts: string[]): string {
  return `heddle_${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 20)}`;
}
