import type { BenchMesh, Memory } from './bench-mesh.ts';
import { Crowd, type Round } from './crowd.ts';
import { type GitAsked, median, percentile } from './figures.ts';

export interface Fairness {
  fabrics: number;
  failing: number;
  objects: number;
  /** The same fabrics, while all are well and while the others fail. */
  well: Latency;
  beside: Latency;
  /** What a change of every fabric asked of the Git server, at most. */
  git: GitAsked;
  memory: Record<string, Memory>;
}

export interface Latency { p50Ms: number; p95Ms: number; maxMs: number }

/** The latency of healthy fabrics while a fifth of all fail, against the same fabrics while all are well. */
export async function measureFairness(mesh: BenchMesh, { fabrics, objects, rounds }: { fabrics: number; objects: number; rounds: number }): Promise<Fairness> {
  const failing = Math.max(1, Math.round(fabrics / 5));
  const crowd = await Crowd.gather(mesh, fabrics, objects);
  try {
    const take = async (): Promise<Round[]> => {
      const taken: Round[] = [];
      for (let round = 0; round < rounds; round++) taken.push(await crowd.round(fabrics - failing));
      return taken;
    };
    const well = await take();
    await crowd.fail(failing);
    const beside = await take();
    const asked = [...well, ...beside].map(({ git }) => git);
    return {
      fabrics, failing, objects, well: latencyOf(well), beside: latencyOf(beside), memory: mesh.memory(),
      git: { listings: Math.max(...asked.map(({ listings }) => listings)), fetches: Math.max(...asked.map(({ fetches }) => fetches)) },
    };
  } finally {
    await crowd.close();
  }
}

export function fairnessText({ fabrics, failing, objects, well, beside, git }: Fairness): string {
  const line = (name: string, { p50Ms, p95Ms, maxMs }: Latency): string => `${name.padEnd(36)}${[p50Ms, p95Ms, maxMs].map((ms) => `${(ms / 1_000).toFixed(2)} s`.padStart(12)).join('')}`;
  return [
    `${fabrics} fabrics of ${objects} VPCs in one repository, one commit changes an object of each; push to API server of the same ${fabrics - failing}`,
    `${''.padEnd(36)}${['p50', 'p95', 'longest'].map((name) => name.padStart(12)).join('')}`,
    line('all are well', well), line(`the other ${failing} fail`, beside),
    `p50 is ${(beside.p50Ms / well.p50Ms).toFixed(2)} times that of before. Asked of the Git server for such a commit: ${git.listings} listing(s), ${git.fetches} fetch(es) (commits and trees, then files)`,
  ].join('\n');
}

function latencyOf(rounds: Round[]): Latency {
  const all = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return { p50Ms: median(all), p95Ms: percentile(all, 0.95), maxMs: Math.max(...all) };
}
