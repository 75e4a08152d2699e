import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryRoot, startProcess, type StartedProcess, waitUntilReady } from '@heddle/local';

export interface EffectProcess {
  process: StartedProcess;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

/** Starts effect-service.ts and waits until it consumes. */
export async function launchEffectService(service: 'git-sync' | 'k8s-sync', databaseUrl: string, amqpUrl: string): Promise<EffectProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-effects-'));
  const started = await startProcess({
    name: service, command: process.execPath, cwd: repositoryRoot, logFile: join(folder, 'log'),
    args: ['--conditions=@heddle/source', '--import', join(repositoryRoot, 'tools/ts-loader.mjs'), fileURLToPath(new URL('effect-service.ts', import.meta.url)), service, databaseUrl, amqpUrl],
  });
  const kill = async () => {
    started.signal('SIGKILL');
    await started.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilReady(started, () => started.log().includes('"msg":"ready"'), { timeoutMs: 60_000 });
  } catch (error) {
    await kill();
    throw error;
  }
  return { process: started, kill };
}
