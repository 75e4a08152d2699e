import { parseArgs } from 'node:util';

export interface BusOptions {
  /** Messages of a burst on the raw road; the slower roads get a fraction. */
  messages: number;
  runs: number;
  /** Messages per second while latency is measured. */
  rate: number;
  /** Takes every figure as JSON. */
  json: string | undefined;
  /** Folder for a CPU profile of each process. */
  profiles: string | undefined;
}

const USAGE = `Outbox to inbox, against raw amqplib and Nest's RMQ transport.
  --messages <number>  in a burst of raw amqplib; the other roads get a fraction (20000)
  --runs <number>      the contestants in turn (3)
  --rate <number>      messages per second while latency is measured (100)
  --json <file>        writes every figure there
  --profiles <folder>  writes a CPU profile of each process there; its times are no result
`;

/** @returns undefined when only the usage was asked for. @throws on what isn't an option or no count */
export function readBusOptions(args: string[]): BusOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '20000' }, runs: { type: 'string', default: '3' }, rate: { type: 'string', default: '100' },
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
  return { messages: count('messages', 100), runs: count('runs', 1), rate: count('rate', 1), json: values.json, profiles: values.profiles };
}
