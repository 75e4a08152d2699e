import { describe, expect, it } from 'vitest';
import { extendTopology, type TopologyAdditions } from './extend-topology.ts';
import { EVENTS_EXCHANGE, topologyOf } from './topology.ts';

const extend = (additions: TopologyAdditions) => extendTopology(topologyOf(), additions);
const queue = (name: string, bindings: { exchange: string; key: string }[] = []) => ({ name, bindings });

describe('extendTopology', () => {
  it('adds exchanges of every type, and what is bound to them', () => {
    const { exchanges, queues } = extend({
      exchanges: [
        { name: 'site.copy', type: 'fanout', bindings: [{ exchange: EVENTS_EXCHANGE, key: 'fabric.#' }] },
        { name: 'site.spread', type: 'x-consistent-hash', hashHeader: 'ordering-key', bindings: [{ exchange: 'site.copy', key: '' }] },
      ],
      queues: [queue('site.a', [{ exchange: 'site.spread', key: '1' }])],
    });
    expect(exchanges.map(({ name }) => name)).toEqual(expect.arrayContaining([EVENTS_EXCHANGE, 'site.copy', 'site.spread']));
    expect(queues.map(({ name }) => name)).toEqual(expect.arrayContaining(['git-sync.revision.wanted', 'site.a']));
  });

  it.each<[string, TopologyAdditions, string]>([
    ['a queue that is there already', { queues: [queue('git-sync.revision.wanted')] }, `queue 'git-sync.revision.wanted' is there twice`],
    ['a queue of a group', { queues: [queue('fabric.revision.observed.3')] }, `queue 'fabric.revision.observed.3' is there twice`],
    ['an exchange that is there already', { exchanges: [{ name: EVENTS_EXCHANGE, type: 'fanout' }] }, `exchange '${EVENTS_EXCHANGE}' is there twice`],
    ['a binding to nothing', { queues: [queue('a', [{ exchange: 'nowhere', key: 'x' }])] }, `queue 'a' is bound to an exchange 'nowhere' that isn't there`],
    ['a weight of nothing', { exchanges: [{ name: 'h', type: 'x-consistent-hash' }], queues: [queue('a', [{ exchange: 'h', key: 'x' }])] }, `needs a weight from 1 on, not 'x'`],
    ['a header that nobody hashes', { exchanges: [{ name: 'h', type: 'topic', hashHeader: 'k' }] }, `exchange 'h' of type topic hashes no header`],
    ['a time to live of nothing', { queues: [{ ...queue('a'), ttlMs: 0 }] }, `ttlMs of queue 'a' must be whole milliseconds`],
    ['a group without queues', { groups: [{ name: 'g', service: 'fabric', binding: { exchange: EVENTS_EXCHANGE, key: '#' }, queues: 0 }] }, `group 'g' must have a whole number of queues`],
  ])('refuses %s', (_, additions, fault) => {
    expect(() => extend(additions)).toThrow(fault);
  });
});
