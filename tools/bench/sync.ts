import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { UndoStack } from '../local/src/start/undo-stack.ts';
import { runBounded } from './lifecycle/run-bounded.ts';
import { BenchCluster } from './sync/bench-cluster.ts';
import { BenchMesh } from './sync/bench-mesh.ts';
import { type BenchOptions, readOptions } from './sync/bench-options.ts';
import { fairnessText, measureFairness } from './sync/fairness.ts';
import type { Contestant, FirstAndChange } from './sync/figures.ts';
import { HeddleContestant } from './sync/heddle-contestant.ts';
import { kubectlVersion, runKubectl } from './sync/kubectl-contestant.ts';
import { measureLists } from './sync/list-pages.ts';
import { type Report, hopsText, reportJson, reportText, type SizeReport } from './sync/report.ts';
import { measureScale, scaleText } from './sync/scale.ts';

const CONTESTANTS = [
  { name: 'kubectl apply --server-side', flags: [], diffs: 1 },
  { name: '  with --validate=false', flags: ['--validate=false'], diffs: 0 },
];

process.exit(await main(process.argv.slice(2)));

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args);
    return options === undefined ? 0 : await runBounded((undo) => measure(options, undo), options.keep, options.minutes);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

async function measure(options: BenchOptions, undo: UndoStack): Promise<void> {
  const report: Report = { server: await describeServer(), kubectl: await kubectlVersion(options.kubectl), sizes: [], load: [loadavg()[0]!] };
  const mesh = await BenchMesh.start(undo, options.profiles);
  const heddle = new HeddleContestant(mesh);
  const parts: Record<BenchOptions['parts'][number], () => Promise<void>> = {
    sync: async () => {
      for (const objects of options.objects) report.sizes.push(await measureSize(mesh, heddle, objects, options, report.kubectl !== undefined));
    },
    fairness: async () => {
      report.fairness = await measureFairness(mesh, options.fairness);
      console.log(fairnessText(report.fairness));
    },
    scale: async () => {
      report.scale = await measureScale(mesh, options.scale.fabrics, options.scale.objects);
      console.log(scaleText(report.scale));
    },
    lists: async () => { report.lists = await measureLists(mesh, options.lists); },
  };
  for (const part of options.parts) {
    await parts[part]();
    report.load.push(loadavg()[0]!);
  }
  console.log(`\n${reportText(report)}`);
  if (options.json !== undefined) writeFileSync(options.json, reportJson(report));
}

async function measureSize(mesh: BenchMesh, heddle: HeddleContestant, objects: number, { runs, changes, kubectl }: BenchOptions, hasKubectl: boolean): Promise<SizeReport> {
  const report: SizeReport = { objects, heddle: [], others: [], memory: {} };
  const others = (hasKubectl ? CONTESTANTS : []).map(({ name, ...how }) => ({ contestant: { name, runs: [] } as Contestant, ...how }));
  report.others.push(...others.map(({ contestant }) => contestant));
  for (let run = 1; run <= runs; run++) {
    const figures = await heddle.run(objects, changes);
    report.heddle.push(figures);
    tell(run, `Heddle, ${objects}`, figures, hopsText(figures.hops));
    for (const { contestant, flags, diffs } of others) {
      const took = await runKubectl(kubectl, objects, flags, diffs);
      contestant.runs.push(took);
      tell(run, `${contestant.name.trim()}, ${objects}`, took);
    }
  }
  report.memory = mesh.memory();
  return report;
}

async function describeServer(): Promise<Report['server']> {
  const cluster = await BenchCluster.start(1);
  try {
    return { kind: cluster.api.kind, version: await cluster.version() };
  } finally {
    await cluster.close();
  }
}

function tell(run: number, name: string, { firstMs, changesMs, checksMs }: FirstAndChange, more = ''): void {
  const seconds = (all: number[]): string => all.map((ms) => (ms / 1_000).toFixed(2)).join(', ');
  console.log(`run ${run}: ${name}: first sync ${seconds([firstMs])} s, one change ${seconds(changesMs)} s${checksMs.length > 0 ? `, no-op check ${seconds(checksMs)} s` : ''}${more && ` (${more})`}`);
}
