import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@heddle/local';
import { renderPrometheusRules } from './render-prometheus-rules.ts';

/** Where the rendered rules are committed. */
export const RULES_FILE = join(repositoryRoot, 'k8s/monitoring/prometheus-rules.yaml');

/** `npm run alerts`: writes the alert rules for Prometheus. */
export async function alerts(): Promise<number> {
  writeFileSync(RULES_FILE, renderPrometheusRules());
  console.log('alerts: wrote k8s/monitoring/prometheus-rules.yaml');
  return 0;
}
