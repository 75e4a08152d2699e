import { describe, expect, it } from 'vitest';
import { Excuses } from './excuses.ts';

describe('excuses', () => {
  it('hold until they are taken away', () => {
    const excuses = new Excuses();
    excuses.add('a');
    expect(excuses.has('a')).toBe(true);
    excuses.delete('a');
    expect(excuses.has('a')).toBe(false);
  });

  it('are the latest so many, however many there were', () => {
    const excuses = new Excuses(2);
    for (const name of ['a', 'b', 'a', 'c']) excuses.add(name);
    expect(['a', 'b', 'c'].map((name) => excuses.has(name))).toEqual([true, false, true]);
  });
});
