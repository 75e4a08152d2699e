import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import { alertRules } from '@heddle/messaging';
import { describe, expect, it } from 'vitest';
import { RULES_FILE } from './alerts.ts';
import { exprOf, renderPrometheusRules } from './render-prometheus-rules.ts';

const expr = (id: string) => exprOf(alertRules().find((rule) => rule.id === id)!);

describe('the Prometheus rules', () => {
  it('are committed as they are rendered', () => {
    expect(readFileSync(RULES_FILE, 'utf8'), 'run `npm run alerts`').toBe(renderPrometheusRules());
  });

  it('hold every alert and the services that are absent', () => {
    const text = renderPrometheusRules();
    for (const { id } of alertRules()) expect(text).toContain(`- alert: ${id}\n`);
    expect(text).toContain('absent(heddle_bus_observed{service=\\"git-sync\\"})');
  });

  it('lead to a line of the operator\'s page each', () => {
    const page = readFileSync(join(repositoryRoot, 'docs/bus.md'), 'utf8').split('\n');
    for (const { id, runbook } of alertRules()) expect(page.find((line) => line.includes(`<a id="${runbook}">`)), `docs/bus.md has no line '${runbook}' for ${id}`).toMatch(new RegExp(`\\b${id}\\b`));
  });

  it('say in PromQL what each sort of signal means', () => {
    expect(expr('HeddleQueueLag')).toBe('min by (service, queue) (heddle_bus_lag_seconds) > 60');
    expect(expr('HeddleBrokerUnreachable')).toBe('max by (service, instance, connection) (heddle_bus_connected) < 1');
    expect(expr('HeddleDeadLettersGrowing')).toBe('sum by (service, queue) (increase(heddle_bus_handled_total{outcome="dead"}[600s])) > 10');
    expect(exprOf({ ...alertRules().find(({ id }) => id === 'HeddleSlowAnswers')!, signal: { kind: 'quantile', metric: 'took', without: { method: ['a.b', 'c'] }, quantile: 0.95, overSeconds: 300 } }))
      .toBe('histogram_quantile(0.95, sum by (service, instance, asked, le) (rate(took_bucket{method!~"a\\\\.b|c"}[300s]))) > 5');
    expect(expr('HeddleSyncFailures')).toBe('sum by (service, instance) (increase(heddle_operations_total{state="failed"}[3600s])) / sum by (service, instance) (increase(heddle_operations_total[3600s])) > 0.1 and sum by (service, instance) (increase(heddle_operations_total[3600s])) >= 5');
  });
});
