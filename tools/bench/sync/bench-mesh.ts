import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FabricView } from '@heddle/contracts';
import { type KubernetesApi } from '@heddle/kube-sandbox';
import { startPostgres, startRabbitmq } from '@heddle/local';
import { eventually } from '@heddle/testing';
import { Mesh } from '../../../e2e/mesh.ts';
import type { Rest } from '../../../e2e/rest.ts';
import type { UndoStack } from '../../local/src/start/undo-stack.ts';
import { stoppedBy } from '../lifecycle/run-bounded.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import type { GitAsked } from './figures.ts';

/** A hundred fabrics of a thousand objects take ten minutes on a busy machine; how long all of it may take is said by --minutes. */
const settledWithinMs = 900_000;

/** A push as the bench times it: what is timed begins with `git push`, the commit is made before. */
export interface Push {
  commit: string;
  /** As performance.now() says. */
  begun: number;
  begunAt: number;
  pushed: number;
}

/** Resident memory of a process in MiB: now, and at most since it began. */
export interface Memory { now: number; peak: number }

/** The five services on a PostgreSQL that syncs its writes and a RabbitMQ, with one repository. */
export class BenchMesh {
  private constructor(private readonly mesh: Mesh, private readonly servers: Record<string, number>) {}

  static async start(undo: UndoStack, profiles: string | undefined): Promise<BenchMesh> {
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
    return new BenchMesh(mesh, { PostgreSQL: postgres.pid, RabbitMQ: rabbitmq.pid });
  }

  get rest(): Rest {
    return this.mesh.rest;
  }

  get databaseUrl(): string {
    return this.mesh.databaseUrl;
  }

  /** Files in the repository, pushed; nobody is told. */
  async publish(files: Record<string, string>): Promise<void> {
    await this.mesh.work.publish(files, 'Change the network');
  }

  /** Each fabric reads the directory of its own name. */
  async register(fabrics: readonly { name: string; api: KubernetesApi }[]): Promise<void> {
    // The directories must be there, or the fabrics would wait for them.
    await this.publish(Object.fromEntries(fabrics.map(({ name }) => [`${name}/README.md`, 'VPCs will stand here.\n'])));
    await this.rest.call('POST', 'repositories/network/refresh');
    for (const { name, api } of fabrics) {
      await this.rest.call('POST', 'fabrics', {
        name, source: { repository: 'network', branch: 'main', directory: name }, policy: { automaticSync: true },
        cluster: { server: api.url, certificateAuthority: api.caPem, authentication: { type: 'token', token: api.adminToken } },
      });
    }
    for (const { name } of fabrics) {
      await this.view(name, ({ state, conditions }) => {
        const open = conditions.filter(({ type, status }) => ['SourceReady', 'ClusterReachable', 'WatchesLive'].includes(type) && status !== 'True');
        return state === 'active' && open.length === 0 ? undefined : `${state}; ${open.map(({ type, message }) => `${type}: ${message}`).join('; ')}`;
      });
    }
  }

  async push(files: Record<string, string>): Promise<Push> {
    const { work, git } = this.mesh;
    work.write(files);
    const commit = await work.commit('Change the network');
    git.resetCounts();
    const [begun, begunAt] = [performance.now(), Date.now()];
    await work.push();
    const pushed = performance.now();
    await this.rest.call('POST', 'repositories/network/refresh');
    return { commit, begun, begunAt, pushed };
  }

  /** Since the last push. */
  gitAsked(): GitAsked {
    const { lsRefs, fetch } = this.mesh.git.counts;
    return { listings: lsRefs, fetches: fetch };
  }

  settled(name: string, commit: string): Promise<FabricView> {
    return this.view(name, ({ revision, sync, operation }) => {
      const isThere = revision?.commit === commit && sync.state === 'in_sync' && operation?.state === 'completed';
      return isThere ? undefined : `${sync.state} at ${revision?.commit ?? 'no revision'}: ${sync.message}`;
    });
  }

  /** Its API server is about to stop, which must not keep the services busy. */
  async forget(name: string): Promise<void> {
    await this.rest.call('PATCH', `fabrics/${name}`, { state: 'decommissioned' });
    await this.rest.call('DELETE', `fabrics/${name}`);
  }

  /** Processor seconds so far, by part; empty where there is no /proc. */
  cpu(): Record<string, number> {
    const services = this.mesh.services.map(({ name, pid }) => [name, pid] as const);
    const { 'the bench': bench = 0, ...parts } = cpuSeconds({ ...Object.fromEntries(services), ...this.servers, 'the bench': process.pid });
    if (Object.keys(parts).length === 0) return {};
    // Below the bench are all the others; what is left is its own: the Git server and the stand-in.
    return { ...parts, 'API and Git server': bench - Object.values(parts).reduce((sum, each) => sum + each, 0) };
  }

  /** Of each service; empty where there is no /proc. */
  memory(): Record<string, Memory> {
    if (process.platform !== 'linux') return {};
    return Object.fromEntries(this.mesh.services.map(({ name, pid }) => {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      const mib = (field: string): number => Math.round(Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024);
      return [name, { now: mib('VmRSS'), peak: mib('VmHWM') }];
    }));
  }

  /** @param lacks what is still missing; undefined when nothing is */
  view(name: string, lacks: (view: FabricView) => string | undefined): Promise<FabricView> {
    return eventually(async () => {
      const view = await this.rest.get<FabricView>(`fabrics/${name}`);
      const missing = lacks(view);
      if (missing !== undefined) throw new Error(`${name}: ${missing}`);
      return view;
    }, { timeout: settledWithinMs, interval: 250 });
  }
}
