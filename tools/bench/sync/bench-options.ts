import { parseArgs } from 'node:util';

export const PARTS = ['sync', 'fairness', 'lists', 'scale'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  parts: Part[];
  /** Sizes of the first syncs. */
  objects: number[];
  runs: number;
  /** Pushes of one changed object after each first sync. */
  changes: number;
  /** How many fabrics of how many objects, a fifth of which fails. */
  fairness: { fabrics: number; objects: number; rounds: number };
  /** Objects of the fabric whose lists are paged through, and how often each page is asked for. */
  lists: { objects: number; times: number };
  /** How many fabrics of how many objects are held in memory. */
  scale: { fabrics: number; objects: number };
  /** Takes every figure as JSON. */
  json: string | undefined;
  /** Leaves everything running at the end, until Ctrl-C. */
  keep: boolean;
  /** Folder for a CPU profile of each service. */
  profiles: string | undefined;
  kubectl: string;
  minutes: number;
}

const FULL = { parts: 'sync,fairness,lists', objects: '1000,10000', runs: '3', changes: '5', fabrics: '50', rounds: '10', rows: '100000', times: '40', scale: '100x1000', minutes: '45' };
const QUICK: typeof FULL = { ...FULL, objects: '200,1000', runs: '1', changes: '3', fabrics: '10', rounds: '4', rows: '20000', times: '12', scale: '10x200', minutes: '10' };
/** Of each fabric of the crowd: enough to be a network, few enough to be there soon. */
const CROWD_OBJECTS = 20;

const USAGE = `Git to API server, against kubectl apply --server-side and kubectl diff of the same files.
  --quick              small sizes and few runs: a few minutes
  --parts <names>      of sync, fairness, lists, scale (${FULL.parts})
  --objects <numbers>  sizes of the first syncs, in VPCs of about 900 bytes (${FULL.objects})
  --runs <number>      each on fresh servers, the contestants in turn (${FULL.runs})
  --changes <number>   pushes of one changed object after each first sync (${FULL.changes})
  --fabrics <number>   fairness: fabrics of ${CROWD_OBJECTS} VPCs, of which a fifth fails (${FULL.fabrics})
  --rounds <number>    fairness: changes of every fabric before, and while some fail (${FULL.rounds})
  --rows <number>      lists: objects of the fabric that is paged through (${FULL.rows})
  --times <number>     lists: how often each page is asked for (${FULL.times})
  --scale <FxO>        scale: F fabrics of O objects each are synced and held (${FULL.scale})
  --minutes <number>   gives up after so long (${FULL.minutes})
  --json <file>        writes every figure there
  --keep               leaves all of it running at the end, until Ctrl-C
  --profiles <folder>  writes a CPU profile of each service there; its times are no result
  --kubectl <program>  (kubectl)
`;

/** @returns undefined when only the usage was asked for. @throws on what isn't an option or no count */
export function readOptions(args: string[]): BenchOptions | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false }, parts: text, objects: text, runs: text, changes: text, fabrics: text, rounds: text, rows: text, times: text, scale: text, minutes: text,
      json: text, profiles: text, keep: { type: 'boolean', default: false }, kubectl: { type: 'string', default: 'kubectl' }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return undefined;
  }
  const defaults = values.quick ? QUICK : FULL;
  const given = (name: keyof typeof FULL): string => values[name] ?? defaults[name];
  const count = (name: keyof typeof FULL): number => countOf(name, given(name));
  const [fabrics = '', each = ''] = given('scale').split('x');
  const { json, keep, profiles, kubectl } = values;
  return {
    parts: given('parts').split(',').map(partOf), objects: given('objects').split(',').map((size) => countOf('objects', size)), runs: count('runs'), changes: count('changes'),
    fairness: { fabrics: count('fabrics'), objects: CROWD_OBJECTS, rounds: count('rounds') }, lists: { objects: count('rows'), times: count('times') },
    scale: { fabrics: countOf('scale', fabrics), objects: countOf('scale', each) }, minutes: count('minutes'), json, keep, profiles, kubectl,
  };
}

function countOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${option} ${text}: a whole number from 1 on is wanted`);
  return number;
}

function partOf(name: string): Part {
  const part = PARTS.find((each) => each === name);
  if (!part) throw new Error(`--parts ${name}: there are ${PARTS.join(', ')}`);
  return part;
}
