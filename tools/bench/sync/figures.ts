/** What one contestant took in one run, milliseconds. */
export interface FirstAndChange {
  /** Until the last object was stored. */
  firstMs: number;
  /** Of each change of one object. */
  changesMs: number[];
}

/** Of Heddle's first sync, milliseconds since the push began. */
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
  /** Conversations with the Git server, for the first push and then for each change; a fetch is one. */
  gitContacts: number[];
}

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

export interface Line {
  contestant: string;
  firstSeconds: number;
  objectsPerSecond: number;
  changeSeconds: number;
  /** How many times as long as Heddle it takes. */
  firstRatio: number;
  changeRatio: number;
}

/** Medians over the runs, and ratios to the first contestant. */
export function summarise(contestants: Contestant[], objects: number): Line[] {
  const medians = contestants.map(({ name, runs }) => ({
    name, first: median(runs.map((run) => run.firstMs)), change: median(runs.flatMap((run) => run.changesMs)),
  }));
  const [base] = medians;
  if (!base) return [];
  return medians.map(({ name, first, change }) => ({
    contestant: name,
    firstSeconds: first / 1_000,
    objectsPerSecond: objects / (first / 1_000),
    changeSeconds: change / 1_000,
    firstRatio: first / base.first,
    changeRatio: change / base.change,
  }));
}
