import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Binding, type ExchangeSettings, routeOf, topicMatches } from './routing.ts';

describe('topicMatches', () => {
  it.each([
    ['fabric.synced', 'fabric.synced', true],
    ['fabric.*', 'fabric.synced', true],
    ['fabric.*', 'fabric', false],
    ['fabric.*', 'fabric.plan.made', false],
    ['fabric.#', 'fabric', true],
    ['fabric.#', 'fabric.plan.made', true],
    ['#', '', true],
    ['#', 'anything.at.all', true],
    ['*', '', false],
    ['#.made', 'fabric.plan.made', true],
    ['#.made', 'made', true],
    ['fabric.#.made', 'fabric.made', true],
    ['fabric.#.made', 'fabric.made.late', false],
    ['*.plan.#', 'fabric.plan', true],
    ['#.#', 'a', true],
  ])('%s takes %s: %s', (pattern, key, taken) => {
    expect(topicMatches(pattern, key)).toBe(taken);
  });
});

describe('routeOf', () => {
  const route = (settings: ExchangeSettings, bindings: Binding[], routingKey: string, headers = {}) => routeOf(settings, bindings, { routingKey, headers });

  it('names a queue once that is bound twice', () => {
    expect(route({ type: 'topic' }, [{ queue: 'q', key: 'a.*' }, { queue: 'q', key: '#' }, { queue: 'r', key: 'b' }], 'a.b')).toEqual(['q']);
  });

  it('takes equal keys only at a direct exchange', () => {
    expect(route({ type: 'direct' }, [{ queue: 'q', key: '#' }, { queue: 'r', key: 'a.b' }], 'a.b')).toEqual(['r']);
  });

  it('takes every queue at a fanout exchange', () => {
    expect(route({ type: 'fanout' }, [{ queue: 'q', key: '' }, { queue: 'r', key: 'x' }], 'a')).toEqual(['q', 'r']);
  });

  const hashed: ExchangeSettings = { type: 'consistent-hash', hashHeader: 'key' };
  const queues = (count: number, weight = '1') => Array.from({ length: count }, (_, index) => ({ queue: `q${index}`, key: weight }));

  it('brings one value to one queue, whatever the routing key', () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.string(), (key, first, second) => {
      expect(route(hashed, queues(4), first, { key })).toEqual(route(hashed, queues(4), second, { key }));
    }));
  });

  it('moves values to a new queue only', () => {
    fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 8 }), (key, count) => {
      const [before] = route(hashed, queues(count), '', { key });
      expect([before, `q${count}`]).toContain(route(hashed, queues(count + 1), '', { key })[0]);
    }));
  });

  it('shares values by weight', () => {
    const bindings = [{ queue: 'light', key: '1' }, { queue: 'heavy', key: '3' }];
    const heavy = Array.from({ length: 2_000 }, (_, index) => route(hashed, bindings, '', { key: `key ${index}` })[0]).filter((queue) => queue === 'heavy').length;
    expect(heavy / 2_000).toBeGreaterThan(0.7);
    expect(heavy / 2_000).toBeLessThan(0.8);
  });

  it('routes nothing where nothing is bound', () => {
    for (const type of ['topic', 'direct', 'fanout', 'consistent-hash'] as const) expect(route({ type }, [], 'a')).toEqual([]);
  });
});
