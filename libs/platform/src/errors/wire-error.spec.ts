import { describe, expect, it } from 'vitest';
import { Conflict, HeddleError, Unavailable } from './heddle-error.ts';
import { errorFromWire, errorToWire } from './wire-error.ts';

describe('wire errors', () => {
  it('come back as the same class with all fields', () => {
    const sent = new Unavailable({ code: 'NET-001', message: 'gone', remedy: 'wait', retryAfterSeconds: 5, details: { host: 'x' } });
    const back = errorFromWire(JSON.parse(JSON.stringify(errorToWire(sent))));
    expect(back).toBeInstanceOf(Unavailable);
    expect(back).toMatchObject({ code: 'NET-001', message: 'gone', remedy: 'wait', retryAfterSeconds: 5, details: { host: 'x' }, retryable: true });
  });

  it('keep the text of unexpected errors to themselves', () => {
    expect(JSON.stringify(errorToWire(new Error('password=hunter2')))).not.toContain('hunter2');
  });

  it('keep the fields of invalid input', () => {
    const back = errorFromWire(errorToWire(new Conflict({ code: 'STATE-011', message: 'm', remedy: 'r', errors: [{ field: 'name', message: 'taken' }] })));
    expect(back).toBeInstanceOf(HeddleError);
    expect(back.errors).toEqual([{ field: 'name', message: 'taken' }]);
  });
});
