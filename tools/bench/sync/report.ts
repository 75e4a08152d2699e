import { cpus } from 'node:os';
import type { Memory } from './bench-mesh.ts';
import { type Fairness, fairnessText } from './fairness.ts';
import { type Contestant, type HeddleFigures, type Hops, type Line, median, summarise } from './figures.ts';
import { type ListPages, listsText } from './list-pages.ts';
import { memoryText, type Scale, scaleText } from './scale.ts';

/** The runs of one size. */
export interface SizeReport {
  objects: number;
  heddle: HeddleFigures[];
  others: Contestant[];
  memory: Record<string, Memory>;
}

export interface Report {
  server: { kind: 'sandbox' | 'real'; version: string };
  kubectl: string | undefined;
  sizes: SizeReport[];
  fairness?: Fairness;
  lists?: ListPages;
  scale?: Scale;
  /** Of the machine, over the last minute: when it began, and after each part. */
  load: number[];
}

const PAGE_GOAL_MS = 50;

/** The report as lines for a terminal. */
export function reportText({ server, kubectl, sizes, fairness, lists, scale, load }: Report): string {
  return [
    `${cpus().length} cores, load ${load.map((each) => each.toFixed(1)).join(', ')}; API server: ${server.kind === 'real' ? 'real binaries' : 'the stand-in'}, ${server.version}; ${kubectl === undefined ? 'there is no kubectl on this machine: Heddle alone' : `kubectl ${kubectl}`}`,
    ...(server.kind === 'sandbox' && kubectl !== undefined ? ['The stand-in is not as fast or slow as a real API server: no claim is made from these ratios.'] : []),
    ...sizes.map(sizeText), ...(fairness ? [`\n${fairnessText(fairness)}`] : []), ...(lists ? [`\n${listsText(lists, PAGE_GOAL_MS)}`] : []), ...(scale ? [`\n${scaleText(scale)}`] : []),
  ].join('\n');
}

/** All of it, for a machine. */
export function reportJson(report: Report): string {
  const summaries = report.sizes.map(({ objects, heddle, others }) => ({ objects, lines: summarise([{ name: 'Heddle', runs: heddle }, ...others], objects) }));
  return `${JSON.stringify({ ...report, cores: cpus().length, node: process.version, summaries }, null, 2)}\n`;
}

/** When each part of a first sync was reached, seconds. */
export function hopsText(hops: Hops): string {
  return Object.entries(hops).map(([name, ms]) => `${name} ${(ms / 1_000).toFixed(2)}`).join(', ');
}

function sizeText({ objects, heddle, others, memory }: SizeReport): string {
  const lines = summarise([{ name: 'Heddle', runs: heddle }, ...others], objects);
  const cpu = medianCpu(heddle);
  const asked = heddle.flatMap(({ git }) => git);
  const told = heddle.flatMap(({ toldMs }) => toldMs);
  return [
    '', row(`${objects} VPCs, ${heddle.length} run(s)`, 'first sync', 'objects/s', 'ratio', 'one change', 'ratio', 'no-op check', 'ratio'), ...lines.map(lineRow),
    `Heddle's first sync, s since the push began: ${hopsText(medianHops(heddle.map((each) => each.hops)))}`,
    `Heddle's one change, the same: ${hopsText(medianHops(heddle.flatMap(({ changeHops }) => changeHops)))}`,
    `Heddle's one change since it was told of the push: ${(median(told) / 1_000).toFixed(3)} s, at most ${(Math.max(...told) / 1_000).toFixed(3)} s`,
    ...(Object.keys(cpu).length > 0 ? [`Processor seconds of a first sync: ${Object.entries(cpu).map(([name, used]) => `${name} ${used.toFixed(2)}`).join(', ')}`] : []),
    `Asked of the Git server for each push, at most: ${Math.max(...asked.map(({ listings }) => listings))} listing(s), ${Math.max(...asked.map(({ fetches }) => fetches))} fetch(es) (commits and trees, then files)`,
    `After the runs: ${memoryText(memory)}`,
  ].join('\n');
}

function lineRow({ contestant, firstSeconds, objectsPerSecond, changeSeconds, checkSeconds, firstRatio, changeRatio, checkRatio }: Line): string {
  return row(
    contestant, `${firstSeconds.toFixed(2)} s`, objectsPerSecond.toFixed(0), `${firstRatio.toFixed(2)}x`, `${changeSeconds.toFixed(3)} s`, `${changeRatio.toFixed(2)}x`,
    checkSeconds === null ? '' : `${checkSeconds.toFixed(3)} s`, checkRatio === null ? '' : `${checkRatio.toFixed(0)}x`,
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
