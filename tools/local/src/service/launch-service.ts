import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, type ProcessExit, type StartedProcess } from '../process/start-process.ts';
import { waitUntilReady } from '../process/wait-until.ts';
import { repositoryRoot } from '../repository-root.ts';

export type ServiceName = 'gateway' | 'fabric' | 'git-sync' | 'k8s-sync' | 'notification';

export const serviceNames: readonly ServiceName[] = ['fabric', 'git-sync', 'k8s-sync', 'notification', 'gateway'];

/**
 * MiB, of each service: half of 1 GiB, as Node.js takes it for itself in a container of that size, which k8s/base gives.
 * Where it sees the memory of a whole machine it lets the heap grow to several times of what is in use.
 */
export const HEAP_MIB = 512;

export interface LaunchOptions {
  /** Takes the log; without it a file that is removed at the end. */
  logFile?: string;
  /** Runs what `npm run build` made instead of the sources. */
  built?: boolean;
  readyTimeoutMs?: number;
}

export interface LaunchedService {
  name: ServiceName;
  /** Of its HTTP server: `http://127.0.0.1:<port>`. */
  url: string;
  process: StartedProcess;
  readonly pid: number;
  log(): string;
  /** The JSON lines of its log. */
  logLines(): Record<string, unknown>[];
  /** SIGKILL by default, as a crash would. */
  kill(signal?: NodeJS.Signals): Promise<ProcessExit>;
  /** SIGTERM, and SIGKILL after 15 s. */
  stop(): Promise<ProcessExit>;
}

/**
 * Starts a service as a process of its own and waits until its log says that it is ready.
 * The environment is `env` alone, besides PATH: nothing leaks in from the shell.
 */
export async function launchService(name: ServiceName, env: Record<string, string>, options: LaunchOptions = {}): Promise<LaunchedService> {
  const folder = options.logFile === undefined ? mkdtempSync(join(tmpdir(), `heddle-${name}-`)) : undefined;
  const started = await startProcess({
    name,
    command: process.execPath,
    args: serviceArguments(name, options),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TZ: 'UTC', OTEL_SERVICE_NAME: name, ...env },
    cwd: repositoryRoot,
    logFile: options.logFile ?? join(folder ?? tmpdir(), 'service.log'),
  });
  const removeLog = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  let url: string | undefined;
  try {
    await waitUntilReady(started, () => (url = readyUrl(started.log())) !== undefined, { timeoutMs: options.readyTimeoutMs ?? 60_000 });
  } catch (error) {
    await started.stop('SIGKILL');
    removeLog();
    throw error;
  }
  let lastLog = '';
  const ended = async (exit: Promise<ProcessExit>): Promise<ProcessExit> => {
    const result = await exit;
    if (lastLog === '') lastLog = started.log();
    removeLog();
    return result;
  };
  const log = (): string => lastLog || started.log();
  return {
    name,
    url: url ?? '',
    process: started,
    pid: started.pid,
    log,
    logLines: () => jsonLines(log()),
    kill: (signal = 'SIGKILL') => {
      started.signal(signal);
      return ended(started.exited);
    },
    stop: () => ended(started.stop('SIGTERM', 15_000)),
  };
}

function serviceArguments(name: ServiceName, { built }: LaunchOptions): string[] {
  const app = join(repositoryRoot, 'apps', name);
  const heap = `--max-old-space-size=${HEAP_MIB}`;
  if (built) {
    return [heap, '--enable-source-maps', '--import', join(app, 'dist/otel.js'), join(app, 'dist/main.js')];
  }
  const loader = [heap, '--conditions=@heddle/source', '--import', join(repositoryRoot, 'tools/ts-loader.mjs')];
  return [...loader, '--import', join(repositoryRoot, 'libs/platform/src/otel.ts'), join(app, 'src/main.ts')];
}

function readyUrl(log: string): string | undefined {
  const ready = jsonLines(log).find((line) => line['msg'] === 'ready');
  const http = ready?.['http'] as { host: string; port: number } | undefined;
  return http === undefined ? undefined : `http://${http.host}:${http.port}`;
}

function jsonLines(log: string): Record<string, unknown>[] {
  return log.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return []; // the last line may be written in part
    }
  });
}
