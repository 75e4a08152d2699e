import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { UndoStack } from '../local/src/start/undo-stack.ts';
import { BenchCluster } from './sync/bench-cluster.ts';
import { type BenchOptions, readOptions } from './sync/bench-options.ts';
import type { Contestant, FirstAndChange } from './sync/figures.ts';
import { HeddleContestant } from './sync/heddle-contestant.ts';
import { kubectlVersion, runKubectl } from './sync/kubectl-contestant.ts';
import { type Report, hopsText, reportJson, reportText } from './sync/report.ts';

const longestMs = 600_000;
const lastWordsMs = 15_000;

process.exit(await main(process.argv.slice(2)));

async function main(args: string[]): Promise<number> {
  try {
    const options = readOptions(args);
    return options === undefined ? 0 : await bench(options);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

/** @returns the exit status: not 0 when it failed, took too long, was interrupted or left something running */
async function bench(given: BenchOptions): Promise<number> {
  const undo = new UndoStack();
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')]);
  const measuring = measure(given, undo);
  let status = 0;
  try {
    await Promise.race([
      measuring,
      interrupted.then(() => Promise.reject(new Error('Interrupted'))),
      delay(longestMs, undefined, { ref: false }).then(() => Promise.reject(new Error(`It took longer than ${longestMs / 60_000} minutes`))),
    ]);
    if (given.keep) {
      console.log('\nEverything still runs; Ctrl-C stops it.');
      await interrupted;
    }
  } catch (error) {
    console.error(error);
    status = 1;
  }
  const clean = await undo.run();
  // What was under way when it was interrupted removes its files.
  await Promise.race([measuring.catch(() => undefined), delay(lastWordsMs)]);
  return clean ? status : 1;
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
