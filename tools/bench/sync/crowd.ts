import { type KubeSandbox, startKubeSandbox } from '@heddle/kube-sandbox';
import { BenchCluster } from './bench-cluster.ts';
import type { BenchMesh } from './bench-mesh.ts';
import { FAILURES } from './failures.ts';
import type { GitAsked } from './figures.ts';
import { leaseSeconds, vpcManifest, vpcName } from './vpc-manifests.ts';

interface Member {
  name: string;
  api: KubeSandbox;
  cluster: BenchCluster;
  /** No two have a file in common: Git would keep it once. */
  edition: number;
}

/** Past those of the first syncs. */
const FIRST_EDITION = 100;

/** What one commit that changes an object of each fabric came to. */
export interface Round {
  /** Of each fabric that is well: from the moment when the mesh was told of the push until its object was stored. */
  latenciesMs: number[];
  git: GitAsked;
}

/** Many fabrics of one repository, each on an API server of its own, always the stand-in: it can be told to fail. */
export class Crowd {
  readonly #members: Member[] = [];
  #well: Member[] = [];
  #change = 0;

  private constructor(private readonly mesh: BenchMesh, private readonly objects: number) {}

  /** All of them are synced, each with so many objects. */
  static async gather(mesh: BenchMesh, fabrics: number, objects: number): Promise<Crowd> {
    const crowd = new Crowd(mesh, objects);
    try {
      for (let index = 0; index < fabrics; index++) await crowd.add(`crowd-${index}`);
      await mesh.register(crowd.#members);
      const files = crowd.#members.flatMap(({ name, edition }) => Array.from({ length: objects }, (_, index): [string, string] => [`${name}/${vpcName(index)}.yaml`, vpcManifest(index, { edition })]));
      const { commit } = await mesh.push(Object.fromEntries(files));
      for (const { name } of crowd.#members) await mesh.settled(name, commit);
      crowd.#well = [...crowd.#members];
      return crowd;
    } catch (error) {
      await crowd.close();
      throw error;
    }
  }

  /** The last of them fail, in all ways in turn. They stay in Git and get every change. */
  async fail(count: number): Promise<void> {
    const failing = this.#members.slice(-count);
    this.#well = this.#members.slice(0, -count);
    for (const [index, { api, cluster }] of failing.entries()) {
      await cluster.unwatch();
      await FAILURES[index % FAILURES.length]!(api);
    }
  }

  /** @param of how many of the fabrics, the first, are looked at; each gets a change */
  async round(of: number): Promise<Round> {
    const change = (this.#change += 1);
    const index = change % this.objects;
    const changed = vpcName(index);
    const files = this.#members.map(({ name, edition }): [string, string] => [`${name}/${changed}.yaml`, vpcManifest(index, { change, edition })]);
    const { commit, pushed } = await this.mesh.push(Object.fromEntries(files));
    const stored = await Promise.all(this.#well.slice(0, of).map(({ cluster }) => cluster.storedChange(changed, leaseSeconds(change))));
    for (const { name } of this.#well) await this.mesh.settled(name, commit);
    return { latenciesMs: stored.map((at) => at - pushed), git: this.mesh.gitAsked() };
  }

  async close(): Promise<void> {
    for (const { name } of this.#members) await this.mesh.forget(name).catch(() => undefined);
    for (const { cluster } of this.#members) await cluster.close();
  }

  private async add(name: string): Promise<void> {
    const api = await startKubeSandbox({ faults: false });
    this.#members.push({ name, api, cluster: await BenchCluster.on(api, this.objects), edition: FIRST_EDITION + this.#members.length });
  }
}
