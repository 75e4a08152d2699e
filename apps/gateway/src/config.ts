import { loadConfig, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';

/** Variables of the gateway. */
export const configSchema = z.object({
  ...platformConfigShape,
  HEDDLE_ADMIN_TOKEN: z.string().min(24).optional().describe('Token of the first administrator; at least 24 characters. Without it, tokens that exist stay valid and no new one is made'),
  HEDDLE_METRICS_TOKEN: z.string().min(24).optional().describe('Token that reads /metrics and nothing else, for Prometheus; at least 24 characters'),
  HEDDLE_BODY_LIMIT: z.coerce.number().int().min(1_024).default(1_048_576).describe('Largest request body, bytes'),
});
export type GatewayConfig = z.output<typeof configSchema>;

export function readConfig(env: Record<string, string | undefined>): GatewayConfig {
  return loadConfig(configSchema, env);
}
