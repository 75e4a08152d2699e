import type { FabricView, OperationSummary, Page, PlanView } from '@heddle/contracts';
import { BenchCluster } from './bench-cluster.ts';
import type { BenchMesh } from './bench-mesh.ts';
import type { HeddleFigures, Hops } from './figures.ts';
import { leaseSeconds, vpcManifest, vpcName } from './vpc-manifests.ts';

const checks = 5;

/** Each run is a fabric of its own on a fresh API server. */
export class HeddleContestant {
  #fabrics = 0;

  constructor(private readonly mesh: BenchMesh) {}

  /** @param changes how often one object is changed after the first sync */
  async run(objects: number, changes: number): Promise<HeddleFigures> {
    const name = `bench-${(this.#fabrics += 1)}`;
    const cluster = await BenchCluster.start(objects);
    try {
      await this.mesh.register([{ name, api: cluster.api }]);
      const before = this.mesh.cpu();
      const hops = await this.firstSync(name, cluster, objects);
      const cpu = Object.fromEntries(Object.entries(this.mesh.cpu()).map(([part, seconds]) => [part, seconds - (before[part] ?? 0)]));
      const figures: HeddleFigures = { firstMs: hops.stored, changesMs: [], toldMs: [], changeHops: [], checksMs: [], hops, cpu, git: [this.mesh.gitAsked()] };
      for (let change = 1; change <= changes; change++) await this.change(figures, name, cluster, Math.floor((objects * change) / (changes + 1)), change);
      for (let check = 0; check < checks; check++) figures.checksMs.push(await this.check(name, objects));
      await this.mesh.forget(name);
      return figures;
    } finally {
      await cluster.close();
    }
  }

  private async firstSync(name: string, cluster: BenchCluster, objects: number): Promise<Hops> {
    const files = Array.from({ length: objects }, (_, index): [string, string] => [`${name}/${vpcName(index)}.yaml`, vpcManifest(index, { edition: this.#fabrics })]);
    const { commit, pushed, begun, begunAt } = await this.mesh.push(Object.fromEntries(files));
    const stored = (await cluster.storedAll(objects)) - begun;
    const view = await this.mesh.settled(name, commit);
    if (view.counts.findings > 0) throw new Error(`${name} has ${view.counts.findings} findings: the manifests of the bench are not valid`);
    return this.hops(view, { pushed: pushed - begun, begunAt, stored });
  }

  /** Of the last operation. */
  private async hops({ name, revision }: FabricView, { pushed, begunAt, stored }: { pushed: number; begunAt: number; stored: number }): Promise<Hops> {
    const { items: [operation] } = await this.mesh.rest.get<Page<OperationSummary>>(`operations?fabric=${name}&limit=1`);
    const since = (at: string | null | undefined): number => Date.parse(at ?? '') - begunAt;
    return { pushed, accepted: since(revision?.observedAt), planned: since(operation?.createdAt), started: since(operation?.startedAt), stored, finished: since(operation?.finishedAt) };
  }

  private async change({ changesMs, toldMs, changeHops, git }: HeddleFigures, name: string, cluster: BenchCluster, index: number, change: number): Promise<void> {
    const { commit, begun, begunAt, pushed } = await this.mesh.push({ [`${name}/${vpcName(index)}.yaml`]: vpcManifest(index, { change, edition: this.#fabrics }) });
    const stored = await cluster.storedChange(vpcName(index), leaseSeconds(change));
    const view = await this.mesh.settled(name, commit);
    changesMs.push(stored - begun);
    toldMs.push(stored - pushed);
    git.push(this.mesh.gitAsked());
    changeHops.push(await this.hops(view, { pushed: pushed - begun, begunAt, stored: stored - begun }));
  }

  /** A plan of the whole fabric, as `heddle plan` makes one: it must find nothing to do. */
  private async check(name: string, objects: number): Promise<number> {
    const begun = performance.now();
    const { steps, counts } = await this.mesh.rest.call<PlanView>('POST', `fabrics/${name}/plans`, {});
    const took = performance.now() - begun;
    if (steps.length > 0 || counts.unchanged !== objects) throw new Error(`${name}: ${steps.length} steps are planned and ${counts.unchanged} of ${objects} objects unchanged where nothing has changed`);
    return took;
  }
}
