import { loadConfig, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';

/** Variables of notification. */
export const configSchema = z.object({
  ...platformConfigShape,
  HEDDLE_EVENT_LOG_DAYS: z.coerce.number().int().min(1).max(3_650).default(30).describe('Days that the event log is kept'),
  HEDDLE_WEBHOOK_RETRY_SECONDS: z.string().regex(/^\d+(,\d+)*$/).default('5,30').transform((list) => list.split(',').map(Number)).describe('Waits between the tries of a webhook delivery, seconds'),
  HEDDLE_WEBHOOK_TIMEOUT_MS: z.coerce.number().int().min(100).default(10_000).describe('Time-out of one try of a webhook delivery, milliseconds'),
});
export type NotificationConfig = z.output<typeof configSchema>;

/** Injection token of the configuration. */
export const CONFIG = Symbol('notification configuration');

export function readConfig(env: Record<string, string | undefined>): NotificationConfig {
  return loadConfig(configSchema, env);
}
