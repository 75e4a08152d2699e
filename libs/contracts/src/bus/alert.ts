import { z } from 'zod';

/** How urgent an alert is. `critical`: something stands still or is about to be lost; `warning`: it will, or somebody waits. */
export const alertSeveritySchema = z.enum(['warning', 'critical']);
export type AlertSeverity = z.infer<typeof alertSeveritySchema>;

/** A rule that holds for long enough, at one place (queue, connection, ...). */
export const alertSchema = z.object({
  /** Id of the rule, CamelCase; also the name of the Prometheus alert. */
  alert: z.string().min(1),
  severity: alertSeveritySchema,
  /** The service that tells of itself. */
  service: z.string().min(1),
  /** The process, for what concerns one process alone. */
  replica: z.string().optional(),
  /** Where: e.g. `queue`. */
  labels: z.record(z.string(), z.string()),
  /** What was measured when it was told, and the threshold; absent where a metric is gone. */
  value: z.number().optional(),
  threshold: z.number(),
  since: z.iso.datetime(),
  summary: z.string(),
  remedy: z.string(),
  /** Where docs/bus.md says more. */
  runbook: z.string(),
});
export type Alert = z.infer<typeof alertSchema>;
