import type { AlertSeverity } from '@heddle/contracts';

/** Series of a metric with these label values. */
export interface Selector {
  metric: string;
  labels?: Readonly<Record<string, string>>;
  /** And without any of these. */
  without?: Readonly<Record<string, readonly string[]>>;
}

/**
 * What a rule looks at. `gauge`: the value as it is. `increase`: how much a counter grew. `quantile`: of a histogram's
 * observations. `share`: the part of a counter's growth that has the labels; told from `least` on, 0 below.
 */
export type Signal = Selector & (
  | { kind: 'gauge'; combine?: 'max' | 'min' | 'sum' }
  | { kind: 'increase'; overSeconds: number }
  | { kind: 'quantile'; quantile: number; overSeconds: number }
  | { kind: 'share'; overSeconds: number; least: number }
);

/** An alert as data: evaluated in each service on its own metrics, and rendered for Prometheus. */
export interface AlertRule {
  /** CamelCase. Permanent: silences and receivers name it. */
  id: string;
  /** `service`: replicas see the same, one of them tells; `replica`: each process tells of itself, as of all that it counts. What counters grew by Prometheus adds up over the processes. */
  scope: 'service' | 'replica';
  signal: Signal;
  /** Labels by which there is an alert each; others are combined. */
  by: readonly string[];
  comparison: '>' | '<';
  threshold: number;
  /** How long it must hold before it fires, seconds. */
  forSeconds: number;
  /** How long it must not hold before it is resolved, seconds: what flaps is told once. */
  keepSeconds: number;
  severity: AlertSeverity;
  /** One line; `{queue}` stands for a label, `{value}` for what was measured. */
  summary: string;
  remedy: string;
  /** Anchor in docs/bus.md. */
  runbook: string;
}

/** Fills in a rule's text. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
