import { setTimeout as delay } from 'node:timers/promises';
import type { BreakerView } from '@heddle/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { Breakers } from './breakers.ts';

const breakers = new Breakers();
afterEach(() => breakers.stop());

async function failTimes(key: string, times: number, options = {}) {
  const breaker = breakers.for(key, { subject: 'test remote', resetMs: 60, ...options });
  for (let n = 0; n < times; n++) await breaker.fire(() => Promise.reject(new Error('boom'))).catch(() => undefined);
  return breaker;
}

describe('Breaker', () => {
  it('opens after failures and says when it tries again', async () => {
    const breaker = await failTimes('a', 4);
    await expect(breaker.fire(async () => 1)).rejects.toMatchObject({ code: 'NET-010', retryAfterSeconds: 1 });
    expect(breaker.view()).toMatchObject({ state: 'open', lastError: 'boom' });
  });

  it('closes again when a later call succeeds', async () => {
    const seen: BreakerView['state'][] = [];
    const breaker = await failTimes('b', 4, { onChange: (view: BreakerView) => seen.push(view.state) });
    await delay(100);
    expect(await breaker.fire(async () => 'back')).toBe('back');
    expect(seen).toEqual(['open', 'half-open', 'closed']);
  });

  it('refuses others alike while one call tries', async () => {
    const breaker = await failTimes('e', 4);
    await delay(100);
    const trying = breaker.fire(() => delay(50, 'back'));
    await expect(breaker.fire(async () => 1)).rejects.toMatchObject({ name: 'Unavailable', code: 'NET-010', retryAfterSeconds: 1 });
    expect(await trying).toBe('back');
  });

  it('stays closed for errors that do not count', async () => {
    const breaker = await failTimes('c', 6, { counts: () => false });
    expect(breaker.view().state).toBe('closed');
  });

  it('aborts a call at its time-out', async () => {
    const breaker = breakers.for('d', { subject: 'slow remote', timeoutMs: 30 });
    await expect(breaker.fire((signal) => delay(5_000, undefined, { signal }))).rejects.toThrow(/abort/i);
  });
});
