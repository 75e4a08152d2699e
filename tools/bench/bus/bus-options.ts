import { parseArgs } from 'node:util';
import { ROAD_NAMES } from './bus-report.ts';
import type { RoadName } from './road.ts';

export interface BusOptions {
  /** Messages of a burst on the raw road; the slower roads get a fraction. */
  messages: number;
  runs: number;
  /** Messages per second while latency is measured. */
  rate: number;
  /** Those that take part, in this order; the raw one is what the others are held against. */
  roads: RoadName[];
  /** Takes every figure as JSON. */
  json: string | undefined;
  /** Folder for a CPU profile of each process. */
  profiles: string | undefined;
}

const USAGE = `Outbox to inbox, against raw amqplib and Nest's RMQ transport.
  --messages <number>  in a burst of raw amqplib; the other roads get a fraction (40000)
  --runs <number>      the contestants in turn (3)
  --rate <number>      messages per second while latency is measured (100)
  --roads <names>      of ${Object.keys(ROAD_NAMES).join(', ')}; raw always takes part (all)
  --json <file>        writes every figure there
  --profiles <folder>  writes a CPU profile of each process there; its times are no result
`;

/** @returns undefined when only the usage was asked for. @throws on what isn't an option or no count */
export function readBusOptions(args: string[]): BusOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '40000' }, runs: { type: 'string', default: '3' }, rate: { type: 'string', default: '100' },
      roads: { type: 'string', default: Object.keys(ROAD_NAMES).join() },
      json: { type: 'string' }, profiles: { type: 'string' }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return undefined;
  }
  const count = (name: 'messages' | 'runs' | 'rate', least: number): number => {
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < least) throw new Error(`--${name} ${values[name]}: a whole number from ${least} on is wanted`);
    return number;
  };
  const roads = [...new Set(['raw', ...values.roads.split(',')])];
  const unknown = roads.find((road) => !Object.hasOwn(ROAD_NAMES, road));
  if (unknown !== undefined) throw new Error(`--roads ${values.roads}: '${unknown}' is none of ${Object.keys(ROAD_NAMES).join(', ')}`);
  return { messages: count('messages', 100), runs: count('runs', 1), rate: count('rate', 1), roads: roads as RoadName[], json: values.json, profiles: values.profiles };
}
