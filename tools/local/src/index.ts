export { freePort, freePorts } from './process/free-port.ts';
export { runningProcesses, startProcess, type ProcessExit, type ProcessOptions, type StartedProcess } from './process/start-process.ts';
export { waitUntilReady } from './process/wait-until.ts';
export { startPostgres, type Postgres, type PostgresOptions } from './postgres/start-postgres.ts';
export { startRabbitmq, type Rabbitmq, type RabbitmqOptions } from './rabbitmq/start-rabbitmq.ts';
export { cacheFolder } from './cache-folder.ts';
export { repositoryRoot } from './repository-root.ts';
