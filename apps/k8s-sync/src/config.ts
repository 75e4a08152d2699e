import { loadConfig, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';

/** Every variable that k8s-sync reads. */
export const configSchema = z.object({
  ...platformConfigShape,
  HEDDLE_CLUSTER_RETRY_MS: z.coerce.number().int().min(100).max(600_000).default(10_000).describe('Time until a cluster that does not answer is tried again, milliseconds'),
  HEDDLE_CLUSTER_PROBE_MS: z.coerce.number().int().min(100).max(600_000).default(30_000).describe('A cluster of which nothing was heard for this long is asked whether it is there, milliseconds'),
  HEDDLE_WATCH_IDLE_MS: z.coerce.number().int().min(200).max(60_000).default(50_000).describe('A watch on which nothing comes for this long counts as dead, milliseconds'),
  HEDDLE_WATCH_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(3_600).default(45).describe('API servers are asked to end each watch after at most this many seconds, so that a silent one shows'),
  HEDDLE_WATCH_FLUSH_MS: z.coerce.number().int().min(5).max(10_000).default(100).describe('Observations are gathered this long before they are sent, milliseconds'),
});
export type Config = z.output<typeof configSchema>;

export function readConfig(env: Record<string, string | undefined>): Config {
  return loadConfig(configSchema, env);
}
