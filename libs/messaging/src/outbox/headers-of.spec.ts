import { describe, expect, it } from 'vitest';
import { EVENTS_EXCHANGE, WORK_EXCHANGE } from '../topology/topology.ts';
import { headersOf } from './headers-of.ts';

describe('headersOf', () => {
  it('gives work its ordering key', () => {
    expect(headersOf({ exchange: WORK_EXCHANGE, orderingKey: 'fabric', messageId: 'id' }, undefined)).toEqual({ 'ordering-key': 'fabric' });
  });

  it('gives work without an order none', () => {
    expect(headersOf({ exchange: WORK_EXCHANGE, orderingKey: 'id', messageId: 'id' }, undefined)).toEqual({});
  });

  it('gives every event a key that it can be spread by', () => {
    expect(headersOf({ exchange: EVENTS_EXCHANGE, orderingKey: 'id', messageId: 'id' }, 'trace')).toEqual({ 'ordering-key': 'id', traceparent: 'trace' });
  });
});
