import { describe, expect, it } from 'vitest';
import { Ids } from './ids.ts';

describe('Ids', () => {
  it('gives ids that rise with each millisecond', async () => {
    const ids = new Ids();
    const given: string[] = [];
    for (let last = -1; given.length < 5;) {
      const now = Date.now();
      if (now > last) given.push(ids.rising());
      last = now;
    }
    expect(given).toEqual(given.toSorted());
  });
});
