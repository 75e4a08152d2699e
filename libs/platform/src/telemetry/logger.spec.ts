import { Invalid } from '../errors/heddle-error.ts';
import { describe, expect, it } from 'vitest';
import { Logger, serializeError } from './logger.ts';

describe('a logged error', () => {
  it('carries no parameters of its statement', () => {
    const error = Object.assign(new Error('duplicate key'), { code: '23505', query: 'INSERT', parameters: ['hunter2'], driverError: { detail: 'Key (x)=(hunter2) exists' } });
    expect(serializeError(error)).toEqual({ type: 'Error', message: 'duplicate key', code: '23505', stack: expect.any(String) as string });
  });

  it('keeps code, details and cause of ours', () => {
    const error = new Invalid({ code: 'VAL-001', message: 'm', remedy: 'r', details: { field: 'a' }, cause: new Error('inner') });
    expect(serializeError(error)).toMatchObject({ type: 'Invalid', code: 'VAL-001', message: 'm', details: { field: 'a' }, cause: 'inner' });
  });
});

describe('what took long', () => {
  it('is told from the limit on, by children too', () => {
    const lines: string[] = [];
    const logger = Logger.create('test', 'info', { slowMs: 100, to: { write: (line) => { lines.push(line); } } }).child({ part: 'a' });
    logger.slow('an answer took long', 99.9);
    logger.slow('an answer took long', 100.4, { method: 'm' });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ log: 'slow', msg: 'an answer took long', milliseconds: 100, method: 'm', part: 'a' }]);
  });
});

describe('the security log', () => {
  const told = (level: string) => {
    const lines: string[] = [];
    const logger = Logger.create('test', level, { to: { write: (line) => { lines.push(line); } } }).child({ part: 'a' });
    logger.security('refused', 'a request was refused', { path: '/x' });
    logger.security('done', 'audited');
    logger.warn('something else');
    return lines.map((line) => JSON.parse(line) as unknown);
  };

  it('is written whatever the level of other lines', () => {
    expect(told('error')).toMatchObject([
      { level: 'warn', log: 'security', outcome: 'refused', msg: 'a request was refused', path: '/x', part: 'a', service: 'test' },
      { level: 'info', log: 'security', outcome: 'done', msg: 'audited' },
    ]);
  });

  it('is silent where everything is', () => {
    expect(told('silent')).toEqual([]);
  });
});
