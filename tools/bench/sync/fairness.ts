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

export interface Latency {
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
  /** Processor seconds of a round, by part. */
  cpu: Record<string, number>;
}

/** The latency of healthy fabrics while a fifth of all fail, against the same fabrics while all are well. */
export async function measureFairness(mesh: BenchMesh, { fabrics, objects, rounds }: { fabrics: number; objects: number; rounds: number }): Promise<Fairness> {
  const failing = Math.max(1, Math.round(fabrics / 5));
  const crowd = await Crowd.gather(mesh, fabrics, objects);
  try {
    const asked: GitAsked[] = [];
    const take = async (): Promise<Latency> => {
      const before = mesh.cpu();
      const taken: Round[] = [];
      for (let round = 0; round < rounds; round++) taken.push(await crowd.round(fabrics - failing));
      asked.push(...taken.map(({ git }) => git));
      return { ...latencyOf(taken), cpu: Object.fromEntries(Object.entries(mesh.cpu()).map(([part, seconds]) => [part, (seconds - (before[part] ?? 0)) / rounds])) };
    };
    const well = await take();
    await crowd.fail(failing);
    const beside = await take();
    return {
      fabrics, failing, objects, well, beside, memory: mesh.memory(),
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
    ...(Object.keys(well.cpu).length > 0 ? [`Processor seconds of such a commit, all well: ${cpuText(well.cpu)}`, `... while ${failing} fail: ${cpuText(beside.cpu)}`] : []),
    `p50 is ${(beside.p50Ms / well.p50Ms).toFixed(2)} times that of before. Asked of the Git server for such a commit: ${git.listings} listing(s), ${git.fetches} fetch(es) (commits and trees, then files)`,
  ].join('\n');
}

function cpuText(cpu: Record<string, number>): string {
  return Object.entries(cpu).map(([part, seconds]) => `${part} ${seconds.toFixed(2)}`).join(', ');
}

function latencyOf(rounds: Round[]): Omit<Latency, 'cpu'> {
  const all = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return { p50Ms: median(all), p95Ms: percentile(all, 0.95), maxMs: Math.max(...all) };
}
