import { describe, expect, it } from 'vitest';
import type { AlertRule, Signal } from './alert-rule.ts';
import { alertRules } from './alert-rules.ts';
import { type AlertStates, evaluateAlerts } from './evaluate-alerts.ts';
import { readSignal, type Series, type Snapshot } from './signal.ts';

const snapshot = (seconds: number, series: Record<string, [Record<string, string>, number][]>): Snapshot => ({
  at: seconds * 1_000, series: new Map(Object.entries(series).map(([name, list]) => [name, list.map(([labels, value]): Series => ({ labels, value }))])),
});
const read = (signal: Signal, by: string[], ...history: Snapshot[]) => readSignal({ signal, by }, history);

describe('readSignal', () => {
  it('combines a gauge over the labels that are not asked for', () => {
    const now = snapshot(0, { depth: [[{ queue: 'a', node: '1' }, 3], [{ queue: 'a', node: '2' }, 5], [{ queue: 'b', node: '1' }, 1]] });
    expect(read({ kind: 'gauge', metric: 'depth' }, ['queue'], now)).toEqual([{ labels: { queue: 'a' }, value: 5 }, { labels: { queue: 'b' }, value: 1 }]);
    expect(read({ kind: 'gauge', metric: 'depth', combine: 'sum', labels: { queue: 'a' } }, [], now)).toEqual([{ labels: {}, value: 8 }]);
  });

  it('counts what a counter grew within the window', () => {
    const at = (seconds: number, value: number) => snapshot(seconds, { total: [[{ outcome: 'dead' }, value], [{ outcome: 'done' }, 1_000 * value]] });
    const signal: Signal = { kind: 'increase', metric: 'total', labels: { outcome: 'dead' }, overSeconds: 60 };
    expect(read(signal, [], at(0, 1), at(30, 4), at(60, 9), at(90, 10))).toEqual([{ labels: {}, value: 6 }]);
    expect(read(signal, [], at(0, 7))).toEqual([{ labels: {}, value: 0 }]);
  });

  it('counts a series that is new from nothing', () => {
    expect(read({ kind: 'increase', metric: 'total', overSeconds: 60 }, [], snapshot(0, {}), snapshot(5, { total: [[{}, 3]] }))).toEqual([{ labels: {}, value: 3 }]);
  });

  it('tells a share once enough was counted', () => {
    const at = (seconds: number, failed: number, completed: number) => snapshot(seconds, { total: [[{ state: 'failed' }, failed], [{ state: 'completed' }, completed]] });
    const signal: Signal = { kind: 'share', metric: 'total', labels: { state: 'failed' }, overSeconds: 60, least: 10 };
    expect(read(signal, [], at(0, 0, 0), at(60, 2, 8))).toEqual([{ labels: {}, value: 0.2 }]);
    expect(read(signal, [], at(0, 0, 0), at(60, 2, 7))).toEqual([{ labels: {}, value: 0 }]);
  });

  it('finds the quantile within its bucket', () => {
    const at = (seconds: number, one: number, five: number, all: number) => snapshot(seconds, { took_bucket: [[{ le: '1' }, one], [{ le: '5' }, five], [{ le: '+Inf' }, all]] });
    const signal: Signal = { kind: 'quantile', metric: 'took', quantile: 0.5, overSeconds: 60 };
    expect(read(signal, [], at(0, 0, 0, 0), at(60, 4, 8, 8))[0]!.value).toBe(1);
    expect(read(signal, [], at(0, 0, 0, 0), at(60, 2, 6, 6))[0]!.value).toBe(2);
    expect(read(signal, [], at(0, 0, 0, 0), at(60, 0, 1, 10))[0]!.value).toBe(5);
    expect(read(signal, [], at(0, 5, 5, 5), at(60, 5, 5, 5))[0]!.value).toBe(0);
  });

  it('leaves out what takes long by what it is', () => {
    const { signal } = alertRules().find(({ id }) => id === 'HeddleSlowRequests')!;
    const took = (route: string): [Record<string, string>, number][] => [[{ route, le: '5' }, 0], [{ route, le: '20' }, 3], [{ route, le: '+Inf' }, 3]];
    const slow = ['/api/v1/dead-letters/replay', '/api/v1/fabrics/:fabric/test', '/api/v1/fabrics'].flatMap(took);
    expect(read(signal, ['route'], snapshot(0, {}), snapshot(60, { heddle_http_request_seconds_bucket: slow })).map(({ labels }) => labels['route'])).toEqual(['/api/v1/fabrics']);
  });

  it('reads nothing where there is nothing', () => {
    expect(read({ kind: 'gauge', metric: 'depth' }, ['queue'], snapshot(0, {}))).toEqual([]);
    expect(read({ kind: 'gauge', metric: 'depth' }, [])).toEqual([]);
  });
});

const rule: AlertRule = {
  id: 'Deep', scope: 'service', signal: { kind: 'gauge', metric: 'depth' }, by: ['queue'], comparison: '>', threshold: 100,
  forSeconds: 60, keepSeconds: 30, severity: 'warning', summary: '', remedy: '', runbook: 'deep',
};
/** Phases of the alert at each time. */
function play(values: [seconds: number, depth: number | undefined][], played: AlertRule = rule): string[] {
  let states: AlertStates = new Map();
  return values.map(([seconds, depth]) => {
    states = evaluateAlerts([played], [snapshot(seconds, depth === undefined ? {} : { depth: [[{ queue: 'a' }, depth]] })], states);
    return [...states.values()][0]?.phase ?? 'inactive';
  });
}

describe('evaluateAlerts', () => {
  it('fires what has held for long enough', () => {
    expect(play([[0, 100], [10, 101], [60, 200], [70, 200]])).toEqual(['inactive', 'pending', 'pending', 'firing']);
  });

  it('begins anew when it did not hold in between', () => {
    expect(play([[0, 200], [50, 0], [60, 200], [119, 200], [120, 200]])).toEqual(['pending', 'inactive', 'pending', 'pending', 'firing']);
  });

  it('resolves only what has been well for long enough', () => {
    expect(play([[0, 200], [60, 200], [70, 0], [80, 200], [90, 0], [119, 0], [120, 0]])).toEqual(['pending', 'firing', 'firing', 'firing', 'firing', 'firing', 'inactive']);
  });

  it('keeps what fires while nothing can be measured', () => {
    expect(play([[0, 200], [60, 200], [70, undefined], [500, undefined], [510, 0], [540, 0]])).toEqual(['pending', 'firing', 'firing', 'firing', 'firing', 'inactive']);
  });

  it('forgets what is pending while nothing can be measured', () => {
    expect(play([[0, 200], [30, undefined], [60, 200]])).toEqual(['pending', 'inactive', 'pending']);
  });

  it('fires at once what need not wait', () => {
    expect(play([[0, 200]], { ...rule, forSeconds: 0 })).toEqual(['firing']);
  });

  it('fires for values below a threshold', () => {
    expect(play([[0, 0], [1, 1]], { ...rule, comparison: '<', threshold: 1, forSeconds: 0, keepSeconds: 0 })).toEqual(['firing', 'inactive']);
  });

  it('fires when none of those that wait was taken for minutes', () => {
    const standstill = alertRules().find(({ id }) => id === 'HeddleQueueStandstill')!;
    const phases = (...values: [seconds: number, standstill: number][]) => {
      let states: AlertStates = new Map();
      return values.map(([seconds, value]) => {
        states = evaluateAlerts([standstill], [snapshot(seconds, { heddle_bus_standstill_seconds: [[{ queue: 'a' }, value]] })], states);
        return [...states.values()][0]?.phase ?? 'inactive';
      });
    };
    expect(phases([300, 300], [305, 305], [330, 330], [335, 335])).toEqual(['inactive', 'pending', 'pending', 'firing']);
    expect(phases([305, 305], [310, 0])).toEqual(['pending', 'inactive']);
  });
});
