import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Variables that every service reads. */
export const platformConfigShape = {
  HEDDLE_DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'a postgres:// URL is required').describe('PostgreSQL, e.g. postgres://user:password@host:5432/heddle'),
  HEDDLE_DATABASE_POOL: z.coerce.number().int().min(2).max(100).default(10).describe('Connections to PostgreSQL per process'),
  HEDDLE_AMQP_URL: z.string().regex(/^amqps?:\/\//, 'an amqp:// or amqps:// URL is required').describe('RabbitMQ; several nodes separated by commas'),
  HEDDLE_HTTP_HOST: z.string().default('127.0.0.1').describe('Address that the HTTP server listens on'),
  HEDDLE_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(0).describe('Port of the HTTP server (health and metrics; REST at the gateway); 0 takes a free one'),
  HEDDLE_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('Lowest level that is logged; the security log is written at every level but silent'),
  HEDDLE_SLOW_MS: z.coerce.number().int().min(1).default(5_000).describe('Requests, messages and answers that take so long are logged, milliseconds'),
  HEDDLE_SLOW_QUERY_MS: z.coerce.number().int().min(1).default(1_000).describe('Statements of PostgreSQL that take so long are logged, milliseconds'),
  HEDDLE_ENCRYPTION_KEYS: z.string().regex(/^[^:,\s]+:[A-Za-z0-9+/=]{44}(,[^:,\s]+:[A-Za-z0-9+/=]{44})*$/, '<id>:<base64 of 32 bytes>[,...] is required; `openssl rand -base64 32` makes a key').describe('Keys for stored secrets; the first encrypts, all decrypt'),
  HEDDLE_ALLOW_PRIVATE_ADDRESSES: z.string().default('false').describe('Private addresses that repositories, clusters and webhooks may have: false, true, or CIDRs separated by commas'),
  HEDDLE_ALERT_LAG_SECONDS: z.coerce.number().min(1).optional().describe('Alert when the oldest message of a queue waits longer, seconds; default 60'),
  HEDDLE_ALERT_QUEUE_DEPTH: z.coerce.number().int().min(1).optional().describe('Alert when more messages wait in a queue; default 100'),
  HEDDLE_ALERT_OUTBOX_SECONDS: z.coerce.number().min(1).optional().describe('Alert when the oldest message of the outbox waits longer, seconds; default 60'),
  HEDDLE_ALLOW_HTTP: flag.default(false).describe('Allow http:// for repositories and webhooks'),
};

const schema = z.object(platformConfigShape);
export type PlatformConfig = z.output<typeof schema>;
