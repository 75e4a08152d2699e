import { expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

it('lets so many through at a time, and all in the end', async () => {
  const turnstile = new Turnstile(2);
  let inside = 0;
  let most = 0;
  const done = await Promise.all(Array.from({ length: 9 }, (_, index) => turnstile.pass(async () => {
    most = Math.max(most, ++inside);
    await Promise.resolve();
    inside -= 1;
    return index;
  })));
  expect([most, done]).toEqual([2, [0, 1, 2, 3, 4, 5, 6, 7, 8]]);
});

it('frees the place of one that failed', async () => {
  const turnstile = new Turnstile(1);
  await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await turnstile.pass(async () => 'yes')).toBe('yes');
});
