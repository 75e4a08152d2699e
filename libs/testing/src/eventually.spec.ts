import { describe, expect, it } from 'vitest';
import { eventually } from './eventually.ts';

describe('eventually', () => {
  it('returns the first answer that does not throw', async () => {
    let tries = 0;
    const answer = await eventually(() => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
      return tries;
    }, { interval: 1 });
    expect(answer).toBe(3);
  });

  it('tries again while the answer is false', async () => {
    const answers = [false, false, 'ready'] as const;
    let tries = 0;
    expect(await eventually(() => answers[tries++] ?? false, { interval: 1 })).toBe('ready');
  });

  it('gives up with the last reason', async () => {
    const never = eventually(() => Promise.reject(new Error('still empty')), { timeout: 20, interval: 5 });
    await expect(never).rejects.toThrow(/Not within 20 ms .*still empty/);
  });
});
