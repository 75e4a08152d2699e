import { SERVICES } from '@heddle/contracts';
import { type AlertRule, alertRules, type Selector } from '@heddle/messaging';

/** The alerts of `libs/messaging` as a PrometheusRule of the Prometheus operator. JSON strings are YAML strings. */
export function renderPrometheusRules(rules: readonly AlertRule[] = alertRules()): string {
  return [
    '# Made by `npm run alerts` from libs/messaging/src/observe/alert-rules.ts.',
    'apiVersion: monitoring.coreos.com/v1',
    'kind: PrometheusRule',
    'metadata:',
    '  name: heddle',
    '  namespace: heddle',
    '  labels:',
    '    app.kubernetes.io/part-of: heddle',
    'spec:',
    ...renderGroups(rules).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

/** The groups alone, as a rules file of Prometheus has them. */
export function renderGroups(rules: readonly AlertRule[] = alertRules()): string[] {
  const absent = SERVICES.map((service) => `absent(heddle_bus_observed{service="${service}"})`).join(' or ');
  return [
    'groups:',
    '  - name: heddle-bus',
    '    rules:',
    ...rules.flatMap((rule) => entry(rule.id, exprOf(rule), rule.forSeconds, rule.keepSeconds, rule.severity, templated(rule.summary), rule.remedy, rule.runbook)),
    // What no service can tell of itself.
    ...entry('HeddleServiceAbsent', absent, 60, 0, 'critical', 'No metrics come from {{ $labels.service }}', 'Start the service, or look why it is not scraped.', 'service-absent'),
  ];
}

function entry(alert: string, expr: string, forSeconds: number, keepSeconds: number, severity: string, summary: string, remedy: string, runbook: string): string[] {
  return [
    `      - alert: ${alert}`,
    `        expr: ${JSON.stringify(expr)}`,
    `        for: ${forSeconds}s`,
    ...(keepSeconds > 0 ? [`        keep_firing_for: ${keepSeconds}s`] : []),
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${JSON.stringify(summary)}`,
    `          description: ${JSON.stringify(remedy)}`,
    `          runbook: ${JSON.stringify(`docs/bus.md#${runbook}`)}`,
  ];
}

/** A rule's condition as PromQL. */
export function exprOf({ signal, by, scope, comparison, threshold }: AlertRule): string {
  const labels = ['service', ...(scope === 'replica' && signal.kind !== 'increase' ? ['instance'] : []), ...by].join(', ');
  const series = (metric: string, extra: Pick<Selector, 'labels'> = signal) => `${metric}${matchers({ ...extra, without: signal.without })}`;
  const grown = (metric: string, seconds: number, extra?: Pick<Selector, 'labels'>) => `increase(${series(metric, extra)}[${seconds}s])`;
  const compared = (expression: string) => `${expression} ${comparison} ${threshold}`;
  switch (signal.kind) {
    case 'gauge': return compared(`${signal.combine ?? 'max'} by (${labels}) (${series(signal.metric)})`);
    case 'increase': return compared(`sum by (${labels}) (${grown(signal.metric, signal.overSeconds)})`);
    case 'quantile': return compared(`histogram_quantile(${signal.quantile}, sum by (${labels}, le) (rate(${series(`${signal.metric}_bucket`)}[${signal.overSeconds}s])))`);
    case 'share': {
      const whole = `sum by (${labels}) (${grown(signal.metric, signal.overSeconds, {})})`;
      return `${compared(`sum by (${labels}) (${grown(signal.metric, signal.overSeconds)}) / ${whole}`)} and ${whole} >= ${signal.least}`;
    }
  }
}

function matchers({ labels = {}, without = {} }: Pick<Selector, 'labels' | 'without'>): string {
  const all = [...Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`), ...Object.entries(without).map(([name, values]) => `${name}!~${JSON.stringify(values.map((value) => value.replaceAll(/[.+*?()|[\]{}^$\\]/g, '\\$&')).join('|'))}`)];
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}

function templated(summary: string): string {
  return summary.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'value' ? '{{ printf "%.2f" $value }}' : `{{ $labels.${name} }}`));
}
