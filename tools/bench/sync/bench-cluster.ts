import { setTimeout as delay } from 'node:timers/promises';
import { KubeClient, type KubeObject, installCrds } from '@heddle/fabric-simulator';
import { type KubernetesApi, startKubernetes } from '@heddle/kube-sandbox';
import { leaseOf, poolObjects } from './vpc-manifests.ts';

const vpcs = '/apis/vpc.githedgehog.com/v1beta1/namespaces/default/vpcs';

/**
 * A fresh API server with the CRDs and the pools that the VPCs draw from, and a watch that tells when they are stored.
 * The stand-in answers without the faults that tests have.
 */
export class BenchCluster {
  readonly #client: KubeClient;
  readonly #leases = new Map<string, number | undefined>();
  readonly #ended = new AbortController();
  #changed = (): void => undefined;
  #watch: Promise<void> = Promise.resolve();

  private constructor(readonly api: KubernetesApi) {
    this.#client = new KubeClient({ server: api.url, caPem: api.caPem, token: api.adminToken });
  }

  static async start(objects: number): Promise<BenchCluster> {
    return BenchCluster.on(await startKubernetes({ faults: false }), objects);
  }

  /** Takes over a server that has nothing yet, and closes it in the end. */
  static async on(api: KubernetesApi, objects: number): Promise<BenchCluster> {
    const cluster = new BenchCluster(api);
    try {
      await cluster.prepare(objects);
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** What the server says it is, `v1.33.0`. */
  async version(): Promise<string> {
    const { gitVersion } = (await this.#client.get('/version')) as unknown as { gitVersion: string };
    return gitVersion;
  }

  /** When the last of so many VPCs was stored, as performance.now() says. */
  storedAll(count: number): Promise<number> {
    return this.#when(() => this.#leases.size >= count);
  }

  /** When this VPC was stored with this lease time. */
  storedChange(name: string, lease: number): Promise<number> {
    return this.#when(() => this.#leases.get(name) === lease);
  }

  /** What is stored from now on isn't seen: the server is about to fail. */
  async unwatch(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#watch;
    await this.#client.close();
  }

  async close(): Promise<void> {
    await this.unwatch();
    await this.api.close();
  }

  private async prepare(objects: number): Promise<void> {
    await installCrds(this.#client);
    for (const { collection, object } of poolObjects(objects)) await this.#client.create(collection, object);
    this.#watch = this.follow();
  }

  private async follow(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        for await (const { type, object } of this.#client.watchLines(`${vpcs}?watch=true&resourceVersion=0`, signal)) {
          if (type !== 'ADDED' && type !== 'MODIFIED') continue;
          const vpc = object as KubeObject;
          this.#leases.set(vpc.metadata.name, leaseOf(vpc));
          this.#changed();
        }
      } catch (error) {
        if (signal.aborted) return;
        console.error(`The watch of the bench began anew: ${error instanceof Error ? error.message : String(error)}`);
        await delay(100);
      }
    }
  }

  async #when(is: () => boolean): Promise<number> {
    if (is()) return performance.now();
    return new Promise((resolve) => {
      this.#changed = () => {
        if (!is()) return;
        this.#changed = () => undefined;
        resolve(performance.now());
      };
    });
  }
}
