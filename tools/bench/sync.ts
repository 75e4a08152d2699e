import { writeFileSync } from 'node:fs';
import type { UndoStack } from '../local/src/start/undo-stack.ts';
import { runBounded } from './lifecycle/run-bounded.ts';
import { BenchCluster } from './sync/bench-cluster.ts';
import { type BenchOptions, readOptions } from './sync/bench-options.ts';
import type { Contestant, FirstAndChange } from './sync/figures.ts';
import { HeddleContestant } from './sync/heddle-contestant.ts';
import { kubectlVersion, runKubectl } from './sync/kubectl-contestant.ts';
import { type Report, hopsText, reportJson, reportText } from './sync/report.ts';

process.exit(await main(process.argv.slice(2)));

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args);
    return options === undefined ? 0 : await runBounded((undo) => measure(options, undo), options.keep);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

async function measure(given: BenchOptions, undo: UndoStack): Promise<void> {
  const { objects, runs, changes } = given;
  const kubectl = await kubectlVersion(given.kubectl);
  const server = await describeServer();
  const heddle = await HeddleContestant.start(undo, given.profiles);
  const report: Report = { objects, server, kubectl, heddle: [], others: [], memory: {} };
  const others = kubectl === undefined ? [] : [
    { name: 'kubectl apply --server-side', flags: [] },
    { name: '  with --validate=false', flags: ['--validate=false'] },
  ].map(({ name, flags }) => ({ contestant: { name, runs: [] as FirstAndChange[] }, flags }));
  report.others.push(...others.map(({ contestant }): Contestant => contestant));
  for (let run = 1; run <= runs; run++) {
    const figures = await heddle.run(objects, changes);
    report.heddle.push(figures);
    tell(run, 'Heddle', figures, hopsText(figures.hops));
    for (const { contestant, flags } of others) {
      const took = await runKubectl(given.kubectl, objects, flags);
      contestant.runs.push(took);
      tell(run, contestant.name.trim(), took);
    }
  }
  report.memory = await heddle.memory();
  console.log(`\n${reportText(report)}`);
  if (given.json !== undefined) writeFileSync(given.json, reportJson(report));
}

async function describeServer(): Promise<Report['server']> {
  const cluster = await BenchCluster.start(1);
  try {
    return { kind: cluster.api.kind, version: await cluster.version() };
  } finally {
    await cluster.close();
  }
}

function tell(run: number, name: string, { firstMs, changesMs }: FirstAndChange, more = ''): void {
  console.log(`run ${run}: ${name}: first sync ${(firstMs / 1_000).toFixed(2)} s, one change ${changesMs.map((ms) => (ms / 1_000).toFixed(2)).join(', ')} s${more && ` (${more})`}`);
}
