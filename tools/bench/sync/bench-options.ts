import { parseArgs } from 'node:util';

export interface BenchOptions {
  objects: number;
  runs: number;
  /** Pushes of one changed object after each first sync. */
  changes: number;
  /** Takes every figure as JSON. */
  json: string | undefined;
  /** Leaves everything running at the end, until Ctrl-C. */
  keep: boolean;
  /** Folder for a CPU profile of each service. */
  profiles: string | undefined;
  kubectl: string;
}

const USAGE = `Git to API server, against kubectl apply --server-side of the same files.
  --objects <number>   VPCs of about 900 bytes (1000)
  --runs <number>      each on fresh servers, the contestants in turn (3)
  --changes <number>   pushes of one changed object after each first sync (3)
  --json <file>        writes every figure there
  --keep               leaves all of it running at the end, until Ctrl-C
  --profiles <folder>  writes a CPU profile of each service there; its times are no result
  --kubectl <program>  (kubectl)
`;

/** @returns undefined when only the usage was asked for. @throws on what isn't an option or no count */
export function readOptions(args: string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      objects: { type: 'string', default: '1000' },
      runs: { type: 'string', default: '3' },
      changes: { type: 'string', default: '3' },
      json: { type: 'string' },
      keep: { type: 'boolean', default: false },
      profiles: { type: 'string' },
      kubectl: { type: 'string', default: 'kubectl' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return undefined;
  }
  const count = (name: 'objects' | 'runs' | 'changes', least: number): number => {
    const number = Number(values[name]);
    if (!Number.isInteger(number) || number < least) throw new Error(`--${name} ${values[name]}: a whole number from ${least} on is wanted`);
    return number;
  };
  const { json, keep, profiles, kubectl } = values;
  return { objects: count('objects', 1), runs: count('runs', 1), changes: count('changes', 1), json, keep, profiles, kubectl };
}
