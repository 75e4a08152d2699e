import { cpus } from 'node:os';
import { type Contestant, type HeddleFigures, type Hops, type Line, median, summarise } from './figures.ts';

export interface Report {
  objects: number;
  server: { kind: 'sandbox' | 'real'; version: string };
  kubectl: string | undefined;
  heddle: HeddleFigures[];
  others: Contestant[];
  memory: Record<string, number>;
}

/** The report as lines for a terminal. */
export function reportText(report: Report): string {
  const { objects, server, kubectl, heddle, others, memory } = report;
  const lines = summarise([{ name: 'Heddle', runs: heddle }, ...others], objects);
  const hops = medianHops(heddle.map((each) => each.hops));
  const cpu = medianCpu(heddle);
  const contacts = heddle.flatMap((each) => each.gitContacts);
  return [
    `${objects} VPCs; ${cpus().length} cores; API server: ${server.kind === 'real' ? 'real binaries' : 'the stand-in'}, ${server.version}; ${heddle.length} runs, medians`,
    ...(kubectl === undefined ? ['There is no kubectl on this machine: Heddle alone.'] : [`kubectl ${kubectl}`]),
    '',
    row('', 'first sync', 'objects/s', 'ratio', 'one change', 'ratio'),
    ...lines.map(lineRow),
    '',
    ...(server.kind === 'sandbox' && kubectl !== undefined ? ['The stand-in is not as fast or slow as a real API server: no claim is made from these ratios.'] : []),
    `Heddle's first sync, s since the push began: ${hopsText(hops)}`,
    ...(Object.keys(cpu).length > 0 ? [`Processor seconds of it: ${Object.entries(cpu).map(([name, used]) => `${name} ${used.toFixed(2)}`).join(', ')}`] : []),
    `Conversations with the Git server for each push: ${median(contacts)}, at most ${Math.max(...contacts)}`,
    `Memory after the runs, MiB: ${Object.entries(memory).map(([name, mib]) => `${name} ${mib}`).join(', ')}; ${Object.values(memory).reduce((sum, mib) => sum + mib, 0)} together`,
  ].join('\n');
}

/** All of it, for a machine. */
export function reportJson(report: Report): string {
  const summary = summarise([{ name: 'Heddle', runs: report.heddle }, ...report.others], report.objects);
  return `${JSON.stringify({ ...report, cores: cpus().length, node: process.version, summary }, null, 2)}\n`;
}

/** When each part of a first sync was reached, seconds. */
export function hopsText(hops: Hops): string {
  return Object.entries(hops).map(([name, ms]) => `${name} ${(ms / 1_000).toFixed(2)}`).join(', ');
}

function lineRow({ contestant, firstSeconds, objectsPerSecond, changeSeconds, firstRatio, changeRatio }: Line): string {
  return row(
    contestant, `${firstSeconds.toFixed(2)} s`, objectsPerSecond.toFixed(0), `${firstRatio.toFixed(2)}x`, `${changeSeconds.toFixed(3)} s`, `${changeRatio.toFixed(2)}x`,
  );
}

function row(name: string, ...cells: string[]): string {
  return `${name.padEnd(36)}${cells.map((cell) => cell.padStart(12)).join('')}`;
}

function medianHops(all: Hops[]): Hops {
  const of = (name: keyof Hops): number => median(all.map((hops) => hops[name]));
  return { pushed: of('pushed'), accepted: of('accepted'), planned: of('planned'), started: of('started'), stored: of('stored'), finished: of('finished') };
}

function medianCpu(all: HeddleFigures[]): Record<string, number> {
  const parts = Object.keys(all[0]?.cpu ?? {});
  return Object.fromEntries(parts.map((part) => [part, median(all.map(({ cpu }) => cpu[part] ?? 0))]));
}
