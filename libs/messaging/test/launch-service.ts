import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@heddle/testing';
import { repositoryRoot, startProcess, type StartedProcess, waitUntilReady } from '@heddle/local';

export interface ServiceProcess {
  process: StartedProcess;
  /** SIGKILL, as a crash would; a second time does nothing. @returns what it has written */
  kill(): Promise<string>;
}

/** Starts effect-service.ts and waits until it consumes; as `fabric` it relays the outbox. */
export function launchEffectService(service: 'fabric' | 'git-sync' | 'k8s-sync', databaseUrl: string, amqpUrl: string): Promise<ServiceProcess> {
  return launch('effect-service.ts', [service, databaseUrl, amqpUrl]);
}

/** Starts deadly-service.ts and waits until it consumes, or has ended already. */
export function launchDeadlyService(service: 'git-sync' | 'k8s-sync', databaseUrl: string, amqpUrl: string): Promise<ServiceProcess> {
  return launch('deadly-service.ts', [service, databaseUrl, amqpUrl], true);
}

/** Starts load-service.ts and waits until it writes. */
export function launchLoadService(databaseUrl: string, amqpUrl: string): Promise<ServiceProcess> {
  return launch('load-service.ts', [databaseUrl, amqpUrl]);
}

async function launch(program: string, args: string[], mayEnd = false): Promise<ServiceProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-service-'));
  const started = await startProcess({
    name: program, command: process.execPath, cwd: repositoryRoot, logFile: join(folder, 'log'),
    args: ['--conditions=@heddle/source', '--import', join(repositoryRoot, 'tools/ts-loader.mjs'), fileURLToPath(new URL(program, import.meta.url)), ...args],
  });
  let written: string | undefined;
  const kill = async () => {
    started.signal('SIGKILL');
    await started.exited;
    written ??= started.log();
    rmSync(folder, { recursive: true, force: true });
    return written;
  };
  try {
    if (mayEnd) await eventually(() => started.exit() !== undefined || started.log().includes('"msg":"ready"'), { timeout: 60_000 });
    else await waitUntilReady(started, () => started.log().includes('"msg":"ready"'), { timeoutMs: 60_000 });
  } catch (error) {
    await kill();
    throw error;
  }
  return { process: started, kill };
}
