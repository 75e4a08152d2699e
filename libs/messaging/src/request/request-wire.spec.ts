import { describe, expect, it } from 'vitest';
import { LONGEST_DEADLINE_MS, readAskHeaders, writeAskHeaders } from './request-wire.ts';

describe('ask headers', () => {
  it('come back as they were written', () => {
    const headers = { correlation: 'c', actor: { type: 'user' as const, id: 'u' }, deadlineMs: 250, traceparent: 't' };
    expect(readAskHeaders(writeAskHeaders(headers), 'other')).toEqual(headers);
  });

  it('fall back where they are broken', () => {
    expect(readAskHeaders({ 'heddle-actor': '{', 'heddle-deadline-ms': 'soon' }, 'fallback')).toEqual({
      correlation: 'fallback', actor: undefined, deadlineMs: 5_000, traceparent: undefined,
    });
  });

  it('bound the deadline', () => {
    expect(readAskHeaders({ 'heddle-deadline-ms': 1e12 }, 'c').deadlineMs).toBe(LONGEST_DEADLINE_MS);
  });
});
