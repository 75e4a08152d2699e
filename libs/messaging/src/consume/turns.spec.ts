import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('Turns', () => {
  it('lets work of one key wait for its turn', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = turns.take('a', async () => { await gate.promise; seen.push('first'); });
    const second = turns.take('a', async () => { seen.push('second'); });
    await turns.take('b', async () => { seen.push('other'); });
    gate.resolve();
    await Promise.all([first, second]);
    expect(seen).toEqual(['other', 'first', 'second']);
  });

  it('goes on after a failure', async () => {
    const turns = new Turns();
    const failed = turns.take('a', async () => { throw new Error('no'); });
    const next = turns.take('a', async () => 'yes');
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });
});
