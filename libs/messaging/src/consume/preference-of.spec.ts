import { describe, expect, it } from 'vitest';
import { preferenceOf } from './preference-of.ts';

describe('preferenceOf', () => {
  it('shares the queues of a group among processes', () => {
    const processes = ['one', 'two', 'three', 'four'];
    const won = new Map(processes.map((process) => [process, 0]));
    for (let queue = 0; queue < 400; queue++) {
      const [first] = processes.toSorted((left, right) => preferenceOf(right, `q.${queue}`) - preferenceOf(left, `q.${queue}`));
      won.set(first!, won.get(first!)! + 1);
    }
    for (const count of won.values()) expect(count).toBeGreaterThan(60);
  });
});
