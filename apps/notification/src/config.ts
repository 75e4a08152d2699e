import { Secret, loadConfig, platformConfigShape } from '@heddle/platform';
import { z } from 'zod';

/** Variables of notification. */
export const configSchema = z.object({
  ...platformConfigShape,
  HEDDLE_EVENT_LOG_DAYS: z.coerce.number().int().min(1).max(3_650).default(30).describe('Days that the event log is kept'),
  HEDDLE_ARCHIVE: z.string().regex(/^(file:\/\/\/.+|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9!_.*'()/-]*)?)$/, 'file:///folder or s3://bucket/prefix is required').optional().describe('Where old days of the event log go: file:///folder or s3://bucket/prefix; empty: they are dropped'),
  HEDDLE_ARCHIVE_ENDPOINT: z.url({ protocol: /^https?$/ }).optional().describe('S3 server of the archive; default that of AWS in the region'),
  HEDDLE_ARCHIVE_REGION: z.string().regex(/^[a-z0-9-]+$/).default('us-east-1').describe('Region of the S3 server'),
  HEDDLE_ARCHIVE_ACCESS_KEY_ID: z.string().optional().describe('Access key of the S3 server'),
  HEDDLE_ARCHIVE_SECRET_ACCESS_KEY: z.string().transform((value) => new Secret(value)).optional().describe('Secret of the access key'),
  HEDDLE_ARCHIVE_CHECK_SECONDS: z.coerce.number().int().min(1).max(86_400).default(300).describe('How often days are looked for that are to be archived or dropped, seconds'),
  HEDDLE_RESTORED_DAYS: z.coerce.number().int().min(1).max(365).default(7).describe('Days that a day restored from the archive can be searched'),
  HEDDLE_WEBHOOK_RETRY_SECONDS: z.string().regex(/^\d+(,\d+)*$/).default('5,30').transform((list) => list.split(',').map(Number)).describe('Waits between the tries of a webhook delivery, seconds'),
  HEDDLE_WEBHOOK_TIMEOUT_MS: z.coerce.number().int().min(100).default(10_000).describe('Time-out of one try of a webhook delivery, milliseconds'),
}).refine((config) => !config.HEDDLE_ARCHIVE?.startsWith('s3:') || (config.HEDDLE_ARCHIVE_ACCESS_KEY_ID !== undefined && config.HEDDLE_ARCHIVE_SECRET_ACCESS_KEY !== undefined), {
  path: ['HEDDLE_ARCHIVE_ACCESS_KEY_ID'], message: 'an archive on S3 needs HEDDLE_ARCHIVE_ACCESS_KEY_ID and HEDDLE_ARCHIVE_SECRET_ACCESS_KEY',
});
export type NotificationConfig = z.output<typeof configSchema>;

/** Injection token of the configuration. */
export const CONFIG = Symbol('notification configuration');

export function readConfig(env: Record<string, string | undefined>): NotificationConfig {
  return loadConfig(configSchema, env);
}
