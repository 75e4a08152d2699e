import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../process/free-port.ts';
import { startProcess, type StartedProcess } from '../process/start-process.ts';
import { waitUntilReady } from '../process/wait-until.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { postgresCommand, postgresUser, type PostgresUser } from './postgres-user.ts';

export interface PostgresOptions {
  /** Keeps its data in this folder, safely synced; without it the data is thrown away at the end. */
  folder?: string;
  /** Taken when it is free. */
  port?: number;
  /** Further server settings, `name=value`. */
  settings?: string[];
}

export interface Postgres {
  /** Superuser's URL of the database `postgres`, with the generated password. */
  url: string;
  port: number;
  /** Of the postmaster; another one after `restart()`. */
  readonly pid: number;
  readonly logFile: string;
  /** SIGKILL, as a crash would: the data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after a fast shutdown when it still runs. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const superuser = 'heddle';

/**
 * Starts a PostgreSQL 18 of our own on 127.0.0.1, ready within a second (0.6 s measured).
 * @throws when the platform has none or it is not ready within 30 s
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const throwAway = options.folder === undefined;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'heddle-postgres-'));
  mkdirSync(folder, { recursive: true });
  const user = postgresUser(postgresBinaries(), folder);
  const data = join(folder, 'data');
  const password = existsSync(join(data, 'PG_VERSION'))
    ? readFileSync(join(folder, 'password'), 'utf8')
    : initialise(user, folder, data, throwAway);

  const logFile = join(folder, 'postgres.log');
  let { server, port } = await startOnFreePort(user, data, logFile, throwAway, options);
  return {
    get pid() {
      return server.pid;
    },
    get url() {
      return `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`;
    },
    get port() {
      return port;
    },
    logFile,
    kill: async () => {
      await server.stop('SIGKILL');
    },
    restart: async () => {
      await server.stop('SIGINT');
      server = await startAfterCrash(() => startServer(user, data, logFile, throwAway, port, options.settings));
    },
    stop: async () => {
      await server.stop(throwAway ? 'SIGQUIT' : 'SIGINT', 20_000);
      user.dispose();
      if (throwAway) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function initialise(user: PostgresUser, folder: string, data: string, throwAway: boolean): string {
  const password = randomBytes(24).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(passwordFile, user.uid, user.gid);
  // Renamed when it is complete: a start that was interrupted here is begun again by the next.
  const unfinished = `${data}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  // A random password of 192 bits needs no stretching, and each test connects anew.
  const options = ['-U', superuser, '--pwfile', passwordFile, '-A', 'scram-sha-256', '-c', 'scram_iterations=1'];
  const [command, args] = postgresCommand(user, 'initdb', [
    '-D', unfinished, '-E', 'UTF8', '--locale=C.UTF-8', ...options, ...(throwAway ? ['--no-sync'] : []),
  ]);
  const made = spawnSync(command, args, { uid: user.uid, gid: user.gid, cwd: '/', encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr ?? ''}${made.stdout ?? ''}`, { cause: made.error });
  renameSync(unfinished, data);
  return password;
}

async function startOnFreePort(
  user: PostgresUser, data: string, logFile: string, throwAway: boolean, options: PostgresOptions,
): Promise<{ server: StartedProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? options.port : undefined);
    try {
      return { server: await startServer(user, data, logFile, throwAway, port, options.settings), port };
    } catch (error) {
      // Another process may have taken the port since we looked.
      if (attempt === 3 || !String(error).includes('could not bind')) throw error;
    }
  }
}

async function startServer(
  user: PostgresUser, data: string, logFile: string, throwAway: boolean, port: number, settings: string[] = [],
): Promise<StartedProcess> {
  const server = [
    `port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=300',
    ...(throwAway ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'] : []), ...settings,
  ];
  const pidFile = join(data, 'postmaster.pid');
  removeStale(pidFile);
  const [command, args] = postgresCommand(user, 'postgres', ['-D', data, ...server.flatMap((setting) => ['-c', setting])]);
  const started = await startProcess({ name: 'PostgreSQL', command, args, logFile, cwd: '/', uid: user.uid, gid: user.gid });
  try {
    // The last line of postmaster.pid tells when connections are taken.
    await waitUntilReady(started, () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').includes('\nready'), { timeoutMs: 30_000, intervalMs: 20 });
  } catch (error) {
    await started.stop('SIGKILL');
    throw error;
  }
  return started;
}

/** The backends of a killed server take a moment to notice; until then their memory is in use. */
async function startAfterCrash(start: () => Promise<StartedProcess>): Promise<StartedProcess> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 50 || !String(error).includes('pre-existing shared memory')) throw error;
      await delay(100);
    }
  }
}

/**
 * A crashed server leaves its pid file saying 'ready'. Removing it is safe only when its process
 * is gone; while that lives, PostgreSQL itself must refuse to start twice on the same data.
 */
function removeStale(pidFile: string): void {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') rmSync(pidFile, { force: true });
  }
}
