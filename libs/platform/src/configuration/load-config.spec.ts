import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig, renderEnvExample } from './load-config.ts';
import { platformConfigShape } from './platform-config.ts';

const schema = z.object({ ...platformConfigShape, MINE: z.coerce.number().default(3).describe('A number') });
const good = {
  HEDDLE_DATABASE_URL: 'postgres://localhost/x', HEDDLE_AMQP_URL: 'amqp://localhost',
  HEDDLE_ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};

describe('loadConfig', () => {
  it('fills in the defaults', () => {
    expect(loadConfig(schema, good)).toMatchObject({ MINE: 3, HEDDLE_HTTP_HOST: '127.0.0.1', HEDDLE_ALLOW_HTTP: false });
  });

  it('lists every fault with its variable', () => {
    expect(() => loadConfig(schema, { HEDDLE_HTTP_PORT: '99999' })).toThrow(/HEDDLE_DATABASE_URL[\s\S]*HEDDLE_AMQP_URL[\s\S]*HEDDLE_HTTP_PORT[\s\S]*HEDDLE_ENCRYPTION_KEYS/);
  });

  it('takes an empty variable for absent', () => {
    expect(loadConfig(schema, { ...good, MINE: '' }).MINE).toBe(3);
  });

  it('renders each variable with meaning and default', () => {
    expect(renderEnvExample(schema)).toContain('# A number\n#MINE=3');
    expect(renderEnvExample(schema)).toMatch(/\nHEDDLE_ENCRYPTION_KEYS=\n/);
    expect(renderEnvExample(schema, ['MINE'])).toContain('# A number\nMINE=');
  });
});
