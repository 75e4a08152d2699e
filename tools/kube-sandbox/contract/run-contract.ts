import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/**
 * `npm run test:kube`: the contract suite on the stand-in, on KUBEBUILDER_ASSETS or on HEDDLE_TEST_KUBECONFIG.
 * `--record <folder>` also writes its exchanges there; all other arguments go to vitest.
 */
const args = process.argv.slice(2);
const at = args.indexOf('--record');
const folder = at < 0 ? undefined : args.splice(at, 2)[1];
if (at >= 0 && folder === undefined) throw new Error('--record needs a folder');

const vitest = resolve(import.meta.dirname, '../../../node_modules/vitest/vitest.mjs');
const config = resolve(import.meta.dirname, 'vitest.config.ts');
const env = folder === undefined ? process.env : { ...process.env, HEDDLE_KUBE_RECORD: resolve(folder) };
const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...args], { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
