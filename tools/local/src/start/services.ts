import { existsSync, renameSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { buildApp, isStale } from '../service/build-app.ts';
import { launchService, serviceNames, type LaunchedService, type ServiceName } from '../service/launch-service.ts';
import { freePort } from '../process/free-port.ts';
import { inState, type LocalState } from './local-state.ts';
import type { Progress } from './progress.ts';
import type { RecordWriter } from './running-record.ts';

const restartAfterMs = 2_000;
const gatewayPort = 8420;

/** Compiles the services whose sources changed since the last start: bundles start faster. */
export async function buildServices(progress: Progress): Promise<void> {
  const stale = serviceNames.filter(isStale);
  if (stale.length === 0) return;
  await progress.step(`built ${stale.join(', ')}`, async () => {
    for (const name of stale) await buildApp(name);
  });
}

/** The five services as processes; one that ends by itself is started again. */
export class Services {
  private readonly launched = new Map<ServiceName, LaunchedService>();
  private stopping = false;

  private constructor(
    private readonly environments: Record<ServiceName, Record<string, string>>,
    private readonly progress: Progress,
    private readonly record: RecordWriter,
  ) {}

  static async start(urls: { postgres: string; amqp: string }, state: LocalState, progress: Progress, record: RecordWriter): Promise<Services> {
    const port = await freePort(state.ports['gateway'] ?? gatewayPort);
    state.ports['gateway'] = port;
    const services = new Services(environmentsOf(urls, state, port), progress, record);
    try {
      await Promise.all(serviceNames.map((name) => services.launch(name)));
    } catch (error) {
      await services.stop();
      throw error;
    }
    return services;
  }

  /** Address of the gateway. */
  get url(): string {
    return this.launched.get('gateway')?.url ?? '';
  }

  /** The gateway first: what it still answers needs the others. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.launched.get('gateway')?.stop();
    await Promise.all([...this.launched.values()].map((service) => service.stop()));
  }

  private async launch(name: ServiceName): Promise<void> {
    const logFile = inState('logs', `${name}.log`);
    putAside(logFile);
    const service = await this.progress.step(
      name,
      () => launchService(name, this.environments[name], { built: true, logFile }),
      ({ url }) => `on ${url}`,
    );
    this.launched.set(name, service);
    this.record.add(name, service.pid, service.url);
    void this.restartWhenItEnds(name, service);
  }

  private async restartWhenItEnds(name: ServiceName, service: LaunchedService): Promise<void> {
    const { code, signal } = await service.process.exited;
    while (!this.stopping) {
      this.progress.line(`! ${name} ended (${signal ?? code}); its log: ${inState('logs', `${name}.log`)}; starting it again`);
      await delay(restartAfterMs, undefined, { ref: false });
      if (this.stopping) return;
      try {
        return await this.launch(name);
      } catch (error) {
        this.progress.line(`! ${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

/** Keeps a log and the one before it, so that years of starts don't fill the disk. */
function putAside(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > 5_000_000) renameSync(logFile, `${logFile}.old`);
}

function environmentsOf(urls: { postgres: string; amqp: string }, state: LocalState, port: number): Record<ServiceName, Record<string, string>> {
  const common = {
    HEDDLE_DATABASE_URL: urls.postgres,
    HEDDLE_AMQP_URL: urls.amqp,
    HEDDLE_ENCRYPTION_KEYS: state.encryptionKeys,
    // The demo's Git server and API servers are on this machine.
    HEDDLE_ALLOW_PRIVATE_ADDRESSES: '127.0.0.0/8',
    HEDDLE_ALLOW_HTTP: 'true',
    ...telemetryOf(process.env),
  };
  return {
    fabric: common,
    'git-sync': { ...common, HEDDLE_GIT_FOLDER: inState('mirrors') },
    'k8s-sync': common,
    notification: common,
    gateway: { ...common, HEDDLE_HTTP_PORT: String(port), HEDDLE_ADMIN_TOKEN: state.adminToken },
  };
}

function telemetryOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[0].startsWith('OTEL_') && entry[1] !== undefined));
}
