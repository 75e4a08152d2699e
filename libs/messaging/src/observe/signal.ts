import type { AlertRule, Signal } from './alert-rule.ts';

export interface Series {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** All series of the metrics that rules look at, at one moment; histograms as Prometheus has them (`_bucket` with `le`). */
export interface Snapshot {
  /** Milliseconds. */
  at: number;
  series: ReadonlyMap<string, readonly Series[]>;
}

/** What a rule's signal is for one set of its labels. */
export interface Reading {
  labels: Record<string, string>;
  value: number;
}

type Wanted = Pick<Signal, 'labels' | 'without'>;
type Group = { labels: Record<string, string>; series: Series[] };

/**
 * What a rule looks at, from snapshots in the order of time; the last one is now. No series, no reading: what can't be
 * measured is neither good nor bad.
 */
export function readSignal({ signal, by }: Pick<AlertRule, 'signal' | 'by'>, history: readonly Snapshot[]): Reading[] {
  const now = history.at(-1);
  if (!now) return [];
  switch (signal.kind) {
    case 'gauge': {
      const combine = { max: (values: number[]) => Math.max(...values), min: (values: number[]) => Math.min(...values), sum }[signal.combine ?? 'max'];
      return groups(select(now, signal.metric, signal), by).map(({ labels, series }) => ({ labels, value: combine(series.map(({ value }) => value)) }));
    }
    case 'increase':
      return groups(growth(signal.metric, signal, signal.overSeconds, history), by).map(({ labels, series }) => ({ labels, value: sum(series.map(({ value }) => value)) }));
    case 'share':
      return groups(growth(signal.metric, { without: signal.without }, signal.overSeconds, history), by).map(({ labels, series }) => {
        const whole = sum(series.map(({ value }) => value));
        const part = sum(series.filter((one) => matches(one, { labels: signal.labels })).map(({ value }) => value));
        return { labels, value: whole < signal.least || whole === 0 ? 0 : part / whole };
      });
    case 'quantile':
      return groups(growth(`${signal.metric}_bucket`, signal, signal.overSeconds, history), by).map(({ labels, series }) => ({ labels, value: quantileOf(signal.quantile, series) }));
  }
}

/** The metrics whose series a signal needs. */
export function metricOf(signal: Signal): string {
  return signal.kind === 'quantile' ? `${signal.metric}_bucket` : signal.metric;
}

/** By how much each series grew; one that is new grew from nothing. A window that is longer than the history is the history. */
function growth(metric: string, wanted: Wanted, overSeconds: number, history: readonly Snapshot[]): Series[] {
  const now = history.at(-1)!;
  const from = history.findLast(({ at }) => at <= now.at - overSeconds * 1_000) ?? history[0]!;
  const before = new Map((from === now ? now : from).series.get(metric)?.map((one) => [keyOf(one.labels), one.value]));
  return select(now, metric, wanted).map((one) => ({ labels: one.labels, value: Math.max(0, one.value - (before.get(keyOf(one.labels)) ?? 0)) }));
}

/** The bound below which the share of observations lies, within a bucket by straight line; 0 without observations. */
function quantileOf(quantile: number, buckets: readonly Series[]): number {
  const sums = new Map<number, number>();
  for (const { labels, value } of buckets) sums.set(boundOf(labels), (sums.get(boundOf(labels)) ?? 0) + value);
  const sorted = [...sums].sort(([left], [right]) => left - right);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total === 0) return 0;
  const wanted = quantile * total;
  let [lowest, below] = [0, 0];
  for (const [bound, count] of sorted) {
    if (count >= wanted) return bound === Infinity ? lowest : lowest + (bound - lowest) * ((wanted - below) / (count - below));
    [lowest, below] = [bound, count];
  }
  return lowest;
}

function boundOf({ le }: Readonly<Record<string, string>>): number {
  return le === '+Inf' ? Infinity : Number(le);
}

function select(snapshot: Snapshot, metric: string, wanted: Wanted): Series[] {
  return (snapshot.series.get(metric) ?? []).filter((one) => matches(one, wanted));
}

function matches({ labels }: Series, wanted: Wanted): boolean {
  return Object.entries(wanted.labels ?? {}).every(([name, value]) => labels[name] === value)
    && Object.entries(wanted.without ?? {}).every(([name, values]) => !values.includes(labels[name] ?? ''));
}

function groups(series: readonly Series[], by: readonly string[]): Group[] {
  const found = new Map<string, Group>();
  for (const one of series) {
    const labels = Object.fromEntries(by.map((name) => [name, one.labels[name] ?? '']));
    const key = keyOf(labels);
    const group = found.get(key) ?? { labels, series: [] };
    found.set(key, group);
    group.series.push(one);
  }
  return [...found.values()];
}

/** One string for a set of labels. */
export function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
