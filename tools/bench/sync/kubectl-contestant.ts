import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BenchCluster } from './bench-cluster.ts';
import type { FirstAndChange } from './figures.ts';
import { leaseSeconds, vpcManifest, vpcName } from './vpc-manifests.ts';

const run = promisify(execFile);
const longestMs = 600_000;

/** @returns the client's version, or undefined where there is no such program */
export async function kubectlVersion(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, ['version', '--client', '--output=json']);
    return (JSON.parse(stdout) as { clientVersion: { gitVersion: string } }).clientVersion.gitVersion;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * `kubectl apply --server-side` of the directory on a fresh server, and again with one file changed.
 * @param diffs how often `kubectl diff --server-side` then looks at the whole, which finds nothing
 */
export async function runKubectl(program: string, objects: number, flags: string[], diffs: number): Promise<FirstAndChange> {
  const cluster = await BenchCluster.start(objects);
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, cluster.api.kubeconfig(), { mode: 0o600 });
    const manifests = mkdtempSync(join(folder, 'manifests-'));
    const write = (index: number, change: number) => writeFileSync(join(manifests, `${vpcName(index)}.yaml`), vpcManifest(index, { change }));
    for (let index = 0; index < objects; index++) write(index, 0);
    // Its cache of what the server serves lies with us: each run is the first that this server sees.
    const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, 'cache') };
    const kubectl = (...args: string[]): Promise<unknown> => run(program, args, { env, maxBuffer: 1 << 26, timeout: longestMs });
    const apply = (): Promise<unknown> => kubectl('apply', '--server-side', '-f', manifests, ...flags);

    const begun = performance.now();
    const [stored] = await Promise.all([cluster.storedAll(objects), apply()]);
    const middle = Math.floor(objects / 2);
    write(middle, 1);
    const again = performance.now();
    await Promise.all([cluster.storedChange(vpcName(middle), leaseSeconds(1)), apply()]);
    // Who waits for the change learns of it when the command ends.
    const changed = performance.now() - again;
    const checksMs: number[] = [];
    for (let diff = 0; diff < diffs; diff++) {
      const looked = performance.now();
      // It ends with 1 where something differs, which is an error here.
      await kubectl('diff', '--server-side', '-f', manifests);
      checksMs.push(performance.now() - looked);
    }
    return { firstMs: stored - begun, changesMs: [changed], checksMs };
  } finally {
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
