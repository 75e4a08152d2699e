import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FabricView, OperationSummary, Page } from '@heddle/contracts';
import { startPostgres, startRabbitmq } from '@heddle/local';
import { eventually } from '@heddle/testing';
import { Mesh } from '../../../e2e/mesh.ts';
import type { UndoStack } from '../../local/src/start/undo-stack.ts';
import { stoppedBy } from '../lifecycle/run-bounded.ts';
import { BenchCluster } from './bench-cluster.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import type { HeddleFigures, Hops } from './figures.ts';
import { leaseSeconds, vpcManifest, vpcName } from './vpc-manifests.ts';

const run = promisify(execFile);
const settledWithinMs = 120_000;

/** The five services on a PostgreSQL that syncs its writes and a RabbitMQ; each run is a fabric of its own on a fresh API server. */
export class HeddleContestant {
  #fabrics = 0;

  private constructor(private readonly mesh: Mesh, private readonly servers: Record<string, number>) {}

  static async start(undo: UndoStack, profiles: string | undefined): Promise<HeddleContestant> {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
    undo.push(async () => rmSync(folder, { recursive: true, force: true }));
    // A folder of its own makes it sync: what is measured is what a crash would not take back.
    const postgres = await stoppedBy(undo, startPostgres({ folder: join(folder, 'postgres') }));
    const rabbitmq = await stoppedBy(undo, startRabbitmq({ tell: (line) => console.log(line) }));
    const mesh = await stoppedBy(undo, Mesh.start({
      // Pushes are told of, as by a provider's webhook; polls would only be counted along.
      fabrics: [], pollSeconds: 86_400, postgresUrl: postgres.url, amqpUrl: rabbitmq.amqpUrl,
      environment: {
        HEDDLE_GIT_FOLDER: join(folder, 'mirrors'),
        ...(profiles !== undefined && { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profiles}` }),
      },
    }));
    return new HeddleContestant(mesh, { PostgreSQL: postgres.pid, RabbitMQ: rabbitmq.pid });
  }

  /** @param changes how often one object is changed after the first sync */
  async run(objects: number, changes: number): Promise<HeddleFigures> {
    const name = `bench-${(this.#fabrics += 1)}`;
    const cluster = await BenchCluster.start(objects);
    try {
      await this.register(name, cluster);
      const { git } = this.mesh;
      git.resetCounts();
      const before = this.cpu();
      const hops = await this.firstSync(name, cluster, objects);
      const cpu = Object.fromEntries(Object.entries(this.cpu()).map(([part, seconds]) => [part, seconds - (before[part] ?? 0)]));
      const gitContacts = [git.counts.advertisement];
      const changesMs: number[] = [];
      for (let change = 1; change <= changes; change++) {
        git.resetCounts();
        changesMs.push(await this.change(name, cluster, Math.floor((objects * change) / (changes + 1)), change));
        gitContacts.push(git.counts.advertisement);
      }
      await this.forget(name);
      return { firstMs: hops.stored, changesMs, hops, cpu, gitContacts };
    } finally {
      await cluster.close();
    }
  }

  /** Resident memory of each service in MiB. */
  async memory(): Promise<Record<string, number>> {
    const entries = this.mesh.services.map(async ({ name, pid }): Promise<[string, number]> => {
      const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
      return [name, Math.round(Number(stdout) / 1_024)];
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  private cpu(): Record<string, number> {
    const services = this.mesh.services.map(({ name, pid }) => [name, pid] as const);
    const { 'the bench': bench = 0, ...parts } = cpuSeconds({ ...Object.fromEntries(services), ...this.servers, 'the bench': process.pid });
    if (Object.keys(parts).length === 0) return {};
    // Below the bench are all the others; what is left is its own: the Git server and the stand-in.
    return { ...parts, 'API and Git server': bench - Object.values(parts).reduce((sum, each) => sum + each, 0) };
  }

  private async register(name: string, { api }: BenchCluster): Promise<void> {
    const { rest, work } = this.mesh;
    // The directory must be there, or the fabric would wait for it.
    await work.publish({ [`${name}/README.md`]: 'VPCs will stand here.\n' }, `Make room for ${name}`);
    await rest.call('POST', 'repositories/network/refresh');
    await rest.call('POST', 'fabrics', {
      name, source: { repository: 'network', branch: 'main', directory: name }, policy: { automaticSync: true },
      cluster: { server: api.url, certificateAuthority: api.caPem, authentication: { type: 'token', token: api.adminToken } },
    });
    await this.view(name, ({ state, conditions }) => {
      const open = conditions.filter(({ type, status }) => ['SourceReady', 'ClusterReachable', 'WatchesLive'].includes(type) && status !== 'True');
      return state === 'active' && open.length === 0 ? undefined : `${state}; ${open.map(({ type, message }) => `${type}: ${message}`).join('; ')}`;
    });
  }

  private async firstSync(name: string, cluster: BenchCluster, objects: number): Promise<Hops> {
    const files = Array.from({ length: objects }, (_, index): [string, string] => [`${name}/${vpcName(index)}.yaml`, vpcManifest(index, { edition: this.#fabrics })]);
    const { commit, pushedAt, begun, begunAt } = await this.push(Object.fromEntries(files));
    const stored = (await cluster.storedAll(objects)) - begun;
    const view = await this.settled(name, commit);
    if (view.counts.findings > 0) throw new Error(`${name} has ${view.counts.findings} findings: the manifests of the bench are not valid`);
    const { items } = await this.mesh.rest.get<Page<OperationSummary>>(`operations?fabric=${name}`);
    const operation = items.at(-1)!;
    const since = (at: string | null | undefined): number => Date.parse(at ?? '') - begunAt;
    return {
      pushed: pushedAt - begun, accepted: since(view.revision?.observedAt), planned: since(operation.createdAt),
      started: since(operation.startedAt), stored, finished: since(operation.finishedAt),
    };
  }

  private async change(name: string, cluster: BenchCluster, index: number, change: number): Promise<number> {
    const { commit, begun } = await this.push({ [`${name}/${vpcName(index)}.yaml`]: vpcManifest(index, { change, edition: this.#fabrics }) });
    const stored = await cluster.storedChange(vpcName(index), leaseSeconds(change));
    await this.settled(name, commit);
    return stored - begun;
  }

  /** What is timed begins with `git push`, the commit is made before. */
  private async push(files: Record<string, string>): Promise<{ commit: string; begun: number; begunAt: number; pushedAt: number }> {
    const { work, rest } = this.mesh;
    work.write(files);
    const commit = await work.commit('Change the network');
    const [begun, begunAt] = [performance.now(), Date.now()];
    await work.push();
    const pushedAt = performance.now();
    await rest.call('POST', 'repositories/network/refresh');
    return { commit, begun, begunAt, pushedAt };
  }

  private settled(name: string, commit: string): Promise<FabricView> {
    return this.view(name, ({ revision, sync, operation }) => {
      const isThere = revision?.commit === commit && sync.state === 'in_sync' && operation?.state === 'completed';
      return isThere ? undefined : `${sync.state} at ${revision?.commit ?? 'no revision'}: ${sync.message}`;
    });
  }

  /** Its API server is about to stop, which must not keep the services busy. */
  private async forget(name: string): Promise<void> {
    await this.mesh.rest.call('PATCH', `fabrics/${name}`, { state: 'decommissioned' });
    await this.mesh.rest.call('DELETE', `fabrics/${name}`);
  }

  /** @param lacks what is still missing; undefined when nothing is */
  private view(name: string, lacks: (view: FabricView) => string | undefined): Promise<FabricView> {
    return eventually(async () => {
      const view = await this.mesh.rest.get<FabricView>(`fabrics/${name}`);
      const missing = lacks(view);
      if (missing !== undefined) throw new Error(`${name}: ${missing}`);
      return view;
    }, { timeout: settledWithinMs, interval: 250 });
  }
}
