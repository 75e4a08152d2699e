import { describe, expect, it } from 'vitest';
import { namesOf } from './incoming.ts';

describe('namesOf', () => {
  it('names a message by its envelope', () => {
    const known = { messageId: 'id', type: 'drift.detected', correlationId: 'c' };
    expect(namesOf({ messageId: 'another', type: 'other' }, { known })).toEqual({ message: 'id', type: 'drift.detected', correlation_id: 'c' });
  });

  it('names what can not be read by what the broker told', () => {
    expect(namesOf({ messageId: 'id', type: undefined }, { known: {} })).toEqual({ message: 'id', type: undefined, correlation_id: undefined });
  });
});
