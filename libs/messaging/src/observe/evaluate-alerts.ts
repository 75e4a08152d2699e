import type { AlertRule } from './alert-rule.ts';
import { keyOf, readSignal, type Snapshot } from './signal.ts';

/** An alert that is not inactive: what there is no state of is. */
export interface AlertState {
  rule: AlertRule;
  labels: Record<string, string>;
  /** `pending`: it holds, but not yet long enough. */
  phase: 'pending' | 'firing';
  /** Since when it holds (pending) or fires, milliseconds. */
  since: number;
  /** What was measured last; absent when it could not be. */
  value: number | undefined;
  /** Since when it does not hold any more, while it still fires. */
  clearSince: number | undefined;
}

/** States by {@link alertKey}. */
export type AlertStates = ReadonlyMap<string, AlertState>;

/** One key for a rule and its place. */
export function alertKey(rule: Pick<AlertRule, 'id'>, labels: Readonly<Record<string, string>>): string {
  return `${rule.id} ${keyOf(labels)}`;
}

/**
 * The states after another look. A rule that holds is pending, and fires after `forSeconds`; one that fires is resolved when
 * it has not held for `keepSeconds`. What can't be measured keeps what fires and forgets what is pending: silence of a
 * source resolves nothing.
 */
export function evaluateAlerts(rules: readonly AlertRule[], history: readonly Snapshot[], before: AlertStates): Map<string, AlertState> {
  const now = history.at(-1)?.at ?? 0;
  const after = new Map<string, AlertState>();
  for (const rule of rules) {
    const readings = new Map(readSignal(rule, history).map((reading) => [alertKey(rule, reading.labels), reading]));
    for (const [key, { labels, value }] of readings) {
      const state = next(rule, labels, value, before.get(key), now);
      if (state) after.set(key, state);
    }
    for (const [key, state] of before) {
      if (state.rule.id === rule.id && state.phase === 'firing' && !readings.has(key)) after.set(key, { ...state, rule, value: undefined });
    }
  }
  return after;
}

function next(rule: AlertRule, labels: Record<string, string>, value: number, before: AlertState | undefined, now: number): AlertState | undefined {
  const holds = rule.comparison === '>' ? value > rule.threshold : value < rule.threshold;
  if (!holds) {
    if (before?.phase !== 'firing') return undefined;
    const clearSince = before.clearSince ?? now;
    return now - clearSince >= rule.keepSeconds * 1_000 ? undefined : { ...before, rule, value, clearSince };
  }
  if (before?.phase === 'firing') return { ...before, rule, value, clearSince: undefined };
  const since = before?.since ?? now;
  const fires = now - since >= rule.forSeconds * 1_000;
  return { rule, labels, phase: fires ? 'firing' : 'pending', since: fires ? now : since, value, clearSince: undefined };
}
