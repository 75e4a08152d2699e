import { describe, expect, it } from 'vitest';
import { deathOf } from './expired-messages.ts';

describe('deathOf', () => {
  it('reads the first death of several', () => {
    const headers = { 'x-death': [{ queue: 'fabric.expired', reason: 'rejected' }, { queue: 'fabric.steps.finished', reason: 'expired' }] };
    expect(deathOf(headers)).toEqual({ queue: 'fabric.steps.finished', reason: 'expired' });
    expect(deathOf({ ...headers, 'x-first-death-queue': 'fabric.drift', 'x-first-death-reason': 'delivery_limit' })).toEqual({ queue: 'fabric.drift', reason: 'delivery_limit' });
  });

  it.each([[{}], [{ 'x-death': 'none' }], [{ 'x-death': [{ queue: 7 }] }]])('finds nothing in %o', (headers) => {
    expect(deathOf(headers)).toEqual({ queue: 'unknown', reason: 'expired' });
  });
});
