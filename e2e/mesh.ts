import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FabricView, ResourceDetail, ResourceView } from '@heddle/contracts';
import { type AppliedConfiguration, type ExampleName, type FabricSimulator, type KubeObject, startFabricSimulator } from '@heddle/fabric-simulator';
import { type KubeSandbox, startKubeSandbox } from '@heddle/kube-sandbox';
import { type GitServer, type LaunchedService, type ServiceName, type WorkRepo, buildApp, isStale, launchService, makeWorkRepo, serviceNames, startGitServer } from '@heddle/local';
import { createTestDatabase, createVhost, eventually } from '@heddle/testing';
import { parseAllDocuments } from 'yaml';
import { exampleFiles } from './example-files.ts';
import { heddle } from './heddle.ts';
import { Kubectl } from './kube.ts';
import { Rest } from './rest.ts';

export interface MeshOptions {
  /** Fabrics to make, by example; default the spine-leaf. Each reads the directory of its own name. */
  fabrics?: ExampleName[];
  /** Heddle has the rights that `heddle fabric access` prints, rather than all; default false. */
  leastPrivilege?: boolean;
  /** Where nothing is said, all is synced by itself and nothing pruned. */
  policies?: Partial<Record<ExampleName, { automaticSync?: boolean; prune?: boolean; selfHeal?: boolean }>>;
  /** Seconds between two looks at the repository; default 5. */
  pollSeconds?: number;
  /** Of the repository's webhook; default one that nobody knows. */
  webhookSecret?: string;
  /** How many processes of a service; default 1. */
  replicas?: Partial<Record<ServiceName, number>>;
  /** Given when a test brings PostgreSQL or RabbitMQ down: an instance of its own. */
  postgresUrl?: string;
  amqpUrl?: string;
  environment?: Record<string, string>;
  /** Told of what each simulated switch puts in force, of all fabrics. */
  onApplied?: (applied: AppliedConfiguration) => void;
  /** Delays of the simulated switches, milliseconds. */
  agents?: { agentDelayMs?: number; applyDelayMs?: number; heartbeatMs?: number };
}

/** One fabric's cluster with its simulated switches. */
export interface FabricWorld {
  api: KubeSandbox;
  simulator: FabricSimulator;
  kubectl: Kubectl;
  /** Where the API server keeps its objects, for a restart. */
  dataDir: string;
  token: string;
}

/** Who Heddle is in a cluster with the least privilege. */
export const SERVICE_ACCOUNT = 'system:serviceaccount:default:heddle';

/** What switches tell of themselves, and what lives otherwise: neither keeps anything from being on the switches. */
const BESIDE_THE_ROAD: ReadonlySet<string> = new Set(['AgentsHealthy', 'Compliant']);

/** The five services as processes, against real PostgreSQL, RabbitMQ and git, and a Kubernetes API with simulated switches for each fabric. */
export class Mesh {
  readonly services: LaunchedService[] = [];
  readonly fabrics = new Map<ExampleName, FabricWorld>();
  rest!: Rest;
  git!: GitServer;
  work!: WorkRepo;
  readonly gitToken = randomBytes(24).toString('hex');
  readonly #undo: (() => Promise<unknown> | unknown)[] = [];
  #environment!: Record<string, string>;
  #folder!: string;

  private constructor(private readonly options: MeshOptions) {}

  /** Started, and registered with the gateway; not yet converged. */
  static async start(options: MeshOptions = {}): Promise<Mesh> {
    const mesh = new Mesh(options);
    try {
      await mesh.begin();
      return mesh;
    } catch (error) {
      for (const service of mesh.services) process.stderr.write(`--- ${service.name}\n${service.log().slice(-4_000)}\n`);
      await mesh.stop();
      throw error;
    }
  }

  get databaseUrl(): string {
    return this.#environment['HEDDLE_DATABASE_URL']!;
  }

  fabric(name: ExampleName = 'spine-leaf'): FabricWorld {
    return this.fabrics.get(name)!;
  }

  view(name: ExampleName = 'spine-leaf'): Promise<FabricView> {
    return this.rest.get(`fabrics/${name}`);
  }

  resource(kind: string, name: string, fabric: ExampleName = 'spine-leaf'): Promise<ResourceDetail> {
    return this.rest.get(`fabrics/${fabric}/resources/${kind}/${name}`);
  }

  resources(fabric: ExampleName = 'spine-leaf'): Promise<ResourceView[]> {
    return this.rest.all(`fabrics/${fabric}/resources`);
  }

  /** Waits until everything of the fabric is on its switches. @param commit that it must have reached. */
  async converged(name: ExampleName = 'spine-leaf', commit?: string, timeout = 60_000): Promise<FabricView> {
    return eventually(async () => {
      const view = await this.view(name);
      if (commit && view.revision?.commit !== commit) throw new Error(`at ${view.revision?.commit ?? 'no revision'}`);
      const open = view.conditions.filter((condition) => condition.status !== 'True' && !BESIDE_THE_ROAD.has(condition.type));
      if (view.sync.state !== 'in_sync' || open.length > 0 || view.counts.resources === 0) {
        throw new Error(`${view.sync.state}: ${view.sync.message}; ${open.map((c) => `${c.type} ${c.status} ${c.reason}: ${c.message}`).join('; ')}`);
      }
      return view;
    }, { timeout, interval: 250 });
  }

  /** Commits and pushes; looks at once rather than at the next poll. */
  async push(files: Record<string, string | null>, message = 'change'): Promise<string> {
    const commit = await this.work.publish(files, message);
    await this.rest.call('POST', 'repositories/network/refresh');
    return commit;
  }

  processes(name: ServiceName): LaunchedService[] {
    return this.services.filter((service) => service.name === name);
  }

  /** Ends a fabric's API server; the answer starts it again at the same address with the same objects and credentials. */
  async stopApi(name: ExampleName): Promise<() => Promise<void>> {
    const world = this.fabric(name);
    const port = Number(new URL(world.api.url).port);
    await world.api.close();
    return async () => { world.api = await startKubeSandbox({ dataDir: world.dataDir, port }); };
  }

  /** SIGKILL, and started again. */
  async killAndRestart(name: ServiceName): Promise<void> {
    const [victim] = this.processes(name);
    await victim!.kill();
    this.services.splice(this.services.indexOf(victim!), 1);
    await this.launch(name);
  }

  async launch(name: ServiceName): Promise<LaunchedService> {
    const service = await launchService(name, this.environmentOf(name), { built: true });
    this.services.push(service);
    if (name === 'gateway') this.rest = new Rest(service.url, this.#environment['HEDDLE_ADMIN_TOKEN']!);
    return service;
  }

  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    for (const undo of this.#undo.reverse()) await undo();
  }

  private async begin(): Promise<void> {
    // The tests' set-up has built them already; the bench has not.
    for (const name of serviceNames.filter(isStale)) await buildApp(name);
    this.#folder = mkdtempSync(path.join(tmpdir(), 'heddle-e2e-'));
    this.#undo.push(() => rmSync(this.#folder, { recursive: true, force: true }));
    this.#environment = {
      HEDDLE_DATABASE_URL: this.options.postgresUrl ?? await this.database(),
      HEDDLE_AMQP_URL: this.options.amqpUrl ?? await this.vhost(),
      HEDDLE_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
      HEDDLE_ADMIN_TOKEN: randomBytes(32).toString('hex'),
      HEDDLE_ALLOW_PRIVATE_ADDRESSES: '127.0.0.0/8',
      HEDDLE_ALLOW_HTTP: 'true',
      ...this.options.environment,
    };
    this.git = await startGitServer({ repos: ['network'], auth: { password: this.gitToken } });
    this.#undo.push(() => this.git.close());
    this.work = await makeWorkRepo(this.git.path('network'));
    this.#undo.push(() => this.work.remove());
    const names = this.options.fabrics ?? ['spine-leaf'];
    await Promise.all([
      ...names.map((name) => this.addCluster(name)),
      this.work.publish(Object.assign({}, ...names.map((name) => exampleFiles(name))), 'Lay out the network'),
      ...serviceNames.flatMap((name) => Array.from({ length: this.options.replicas?.[name] ?? 1 }, () => this.launch(name))),
    ]);
    await this.register(names);
  }

  private async register(names: ExampleName[]): Promise<void> {
    await this.rest.call('POST', 'repositories', { name: 'network', url: this.git.url('network'), credentials: { type: 'token', token: this.gitToken }, pollSeconds: this.options.pollSeconds ?? 5, webhookSecret: this.options.webhookSecret });
    for (const name of names) {
      const { api, token } = this.fabric(name);
      await this.rest.call('POST', 'fabrics', {
        name, source: { repository: 'network', branch: 'main', directory: name },
        policy: { automaticSync: true, ...this.options.policies?.[name] },
        cluster: { server: api.url, certificateAuthority: api.caPem, authentication: { type: 'token', token } },
      });
    }
  }

  private async addCluster(name: ExampleName): Promise<void> {
    const dataDir = path.join(this.#folder, `kubernetes-${name}`);
    const api = await startKubeSandbox({ dataDir });
    this.#undo.push(() => this.fabric(name).api.close());
    const simulator = await startFabricSimulator({ server: api.url, caPem: api.caPem, token: api.adminToken, agentDelayMs: 100, applyDelayMs: 200, heartbeatMs: 2_000, ...this.options.agents, ...(this.options.onApplied && { onApplied: this.options.onApplied }) });
    this.#undo.push(() => simulator.close());
    const kubectl = new Kubectl(api);
    this.#undo.push(() => kubectl.close());
    this.fabrics.set(name, { api, simulator, kubectl, dataDir, token: await this.admit(api, kubectl) });
  }

  /** The token of who Heddle is in a cluster. */
  private async admit(api: KubeSandbox, kubectl: Kubectl): Promise<string> {
    if (!this.options.leastPrivilege) return api.createUser('heddle', ['system:masters']);
    const { out } = await heddle(this.#folder, 'fabric', 'access');
    for (const document of parseAllDocuments(out)) await kubectl.apply(document.toJS() as KubeObject);
    return api.createUser(SERVICE_ACCOUNT);
  }

  private async database(): Promise<string> {
    const database = await createTestDatabase();
    this.#undo.push(() => database.drop());
    return database.url;
  }

  private async vhost(): Promise<string> {
    const vhost = await createVhost();
    this.#undo.push(() => vhost.delete());
    return vhost.amqpUrl;
  }

  private environmentOf(name: ServiceName): Record<string, string> {
    if (name !== 'git-sync') return this.#environment;
    // Mirrors are a cache of each replica.
    return { ...this.#environment, HEDDLE_GIT_FOLDER: path.join(this.#folder, randomBytes(4).toString('hex')) };
  }
}
