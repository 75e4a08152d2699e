export { freePort, freePorts } from './process/free-port.ts';
export { runningProcesses, startProcess, type ProcessExit, type ProcessOptions, type StartedProcess } from './process/start-process.ts';
export { waitUntilReady } from './process/wait-until.ts';
export { startPostgres, type Postgres, type PostgresOptions } from './postgres/start-postgres.ts';
