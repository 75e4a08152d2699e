import { cpus } from 'node:os';
import { median } from '../sync/figures.ts';
import type { RoadName } from './road.ts';
import type { PartsCpu, Travel } from './travel.ts';

/** In the order in which they take turns. */
export const ROAD_NAMES: Record<RoadName, string> = {
  raw: 'raw amqplib', nest: "Nest's RMQ transport", kept: "Nest's, kept once", batch: 'Heddle, batches', single: 'Heddle, one by one',
};

export interface BusLine extends Travel {
  road: RoadName;
  /** Messages per second as a part of raw amqplib's. */
  ratio: number;
  least: number;
  most: number;
}

/** Medians over the runs; ratios of the medians. */
export function summariseBus(runs: Partial<Record<RoadName, Travel[]>>): BusLine[] {
  const base = median(runs.raw!.map(({ perSecond }) => perSecond));
  return (Object.entries(runs) as [RoadName, Travel[]][]).map(([road, travels]) => {
    const of = (field: Exclude<keyof Travel, 'cpu'>): number => median(travels.map((travel) => travel[field]));
    const cpuOf = (part: keyof PartsCpu): number => median(travels.map(({ cpu }) => cpu[part]));
    const rates = travels.map(({ perSecond }) => perSecond);
    return {
      road, perSecond: of('perSecond'), ratio: of('perSecond') / base, least: Math.min(...rates), most: Math.max(...rates),
      p50Ms: of('p50Ms'), p99Ms: of('p99Ms'), senderMib: of('senderMib'), takerMib: of('takerMib'),
      cpu: { sender: cpuOf('sender'), taker: cpuOf('taker'), postgres: cpuOf('postgres'), rabbitmq: cpuOf('rabbitmq') },
    };
  });
}

/** The report as lines for a terminal. */
export function busReport(lines: readonly BusLine[], { runs, rate, load }: { runs: number; rate: number; load: string }): string {
  const row = (name: string, ...cells: string[]): string => `${name.padEnd(24)}${cells.map((cell) => cell.padStart(15)).join('')}`;
  return [
    `1 KiB of payload, quorum queues on one node; ${cpus().length} cores, load ${load}; ${runs} runs, medians; latency at ${rate} messages/s`,
    '',
    row('', 'messages/s', 'range', 'of raw', 'p50', 'p99', 'sender MiB', 'taker MiB'),
    ...lines.map(({ road, perSecond, least, most, ratio, p50Ms, p99Ms, senderMib, takerMib }) => row(
      ROAD_NAMES[road], perSecond.toFixed(0), `${least.toFixed(0)}-${most.toFixed(0)}`, `${ratio.toFixed(2)}`, `${p50Ms.toFixed(1)} ms`, `${p99Ms.toFixed(1)} ms`, String(senderMib), String(takerMib),
    )),
    '',
    row('processor us/message', 'all', 'sender', 'taker', 'PostgreSQL', 'RabbitMQ'),
    ...lines.map(({ road, cpu: { sender, taker, postgres, rabbitmq } }) => row(
      ROAD_NAMES[road], ...[sender + taker + postgres + rabbitmq, sender, taker, postgres, rabbitmq].map((used) => used.toFixed(0)),
    )),
  ].join('\n');
}
