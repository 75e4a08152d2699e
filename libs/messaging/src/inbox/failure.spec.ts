import { Invalid, Unavailable } from '@heddle/platform';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_DELAYS_MS, judgeFailure } from './failure.ts';

const options = { code: 'BUS-010' as const, message: 'm', remedy: 'r' };

describe('judgeFailure', () => {
  it('parks a retryable error for 5 s, 30 s and 5 min', () => {
    const delays = [1, 2, 3].map((attempts) => judgeFailure(new Unavailable(options), attempts, DEFAULT_RETRY_DELAYS_MS));
    expect(delays.map((failure) => failure.state === 'parked' && failure.delayMs)).toEqual([5_000, 30_000, 300_000]);
  });

  it('gives up when the delays are used up', () => {
    expect(judgeFailure(new Unavailable(options), 4, DEFAULT_RETRY_DELAYS_MS)).toEqual({ state: 'dead', reason: 'BUS-010', message: 'm' });
  });

  it('skips the retries for a permanent error', () => {
    expect(judgeFailure(new Invalid(options), 1, DEFAULT_RETRY_DELAYS_MS).state).toBe('dead');
  });

  it('tries an unexpected error again', () => {
    expect(judgeFailure(new Error('why?'), 1, DEFAULT_RETRY_DELAYS_MS)).toMatchObject({ state: 'parked', reason: 'unexpected' });
  });
});
