import { loadConfig, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';

export const configSchema = z.object({ ...platformConfigShape });
export type Config = z.output<typeof configSchema>;

/** The only reader of the environment in this app. */
export function readConfig(env: Record<string, string | undefined>): Config {
  return loadConfig(configSchema, env);
}
