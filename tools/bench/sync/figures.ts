/** What one contestant took in one run, milliseconds. */
export interface FirstAndChange {
  /** Until the last object was stored. */
  firstMs: number;
  /** Of each change of one object. */
  changesMs: number[];
  /** Of each look that finds nothing to do. */
  checksMs: number[];
}

/** Of one sync of Heddle's, milliseconds since the push began. */
export interface Hops {
  pushed: number;
  accepted: number;
  planned: number;
  started: number;
  stored: number;
  finished: number;
}

export interface HeddleFigures extends FirstAndChange {
  hops: Hops;
  /** Processor seconds by part, from the push to the end of the operation. */
  cpu: Record<string, number>;
  /** Of each change, from the moment when the mesh was told of the push. */
  toldMs: number[];
  changeHops: Hops[];
  /** What the Git server was asked, for the first push and then for each change. */
  git: GitAsked[];
}

/** Of one push: listings of the branches, and fetches (one of commits and trees, one of the files that changed). */
export interface GitAsked { listings: number; fetches: number }

export interface Contestant {
  name: string;
  runs: FirstAndChange[];
}

export function median(values: number[]): number {
  if (values.length === 0) throw new Error('There is no median of nothing');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value that so large a share (0 to 1) of all stays at or below. */
export function percentile(values: number[], share: number): number {
  if (values.length === 0) throw new Error('There is no percentile of nothing');
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)]!;
}

export interface Line {
  contestant: string;
  firstSeconds: number;
  objectsPerSecond: number;
  changeSeconds: number;
  /** Null for who has no such look. */
  checkSeconds: number | null;
  /** How many times as long as Heddle it takes. */
  firstRatio: number;
  changeRatio: number;
  checkRatio: number | null;
}

/** Medians over the runs, and ratios to the first contestant. */
export function summarise(contestants: Contestant[], objects: number): Line[] {
  const medians = contestants.map(({ name, runs }) => ({
    name, first: median(runs.map((run) => run.firstMs)), change: median(runs.flatMap((run) => run.changesMs)), check: medianOrNull(runs.flatMap((run) => run.checksMs)),
  }));
  const [base] = medians;
  if (!base) return [];
  return medians.map(({ name, first, change, check }) => ({
    contestant: name,
    firstSeconds: first / 1_000,
    objectsPerSecond: objects / (first / 1_000),
    changeSeconds: change / 1_000,
    checkSeconds: check === null ? null : check / 1_000,
    firstRatio: first / base.first,
    changeRatio: change / base.change,
    checkRatio: check === null || base.check === null ? null : check / base.check,
  }));
}

function medianOrNull(values: number[]): number | null {
  return values.length === 0 ? null : median(values);
}
