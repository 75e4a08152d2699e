import { messages } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { topologyFaults } from './extend-topology.ts';
import { EVENTS_EXCHANGE, EXPIRED_EXCHANGE, queuesOfGroup, subscriptionsOf, topologyOf, WORK_EXCHANGE } from './topology.ts';

describe('topologyOf', () => {
  const topology = topologyOf();
  const { queues, groups } = topology;

  it('gives every message a queue for each consumer', () => {
    for (const { type, role, to } of Object.values(messages)) {
      const exchange = role === 'event' ? EVENTS_EXCHANGE : WORK_EXCHANGE;
      for (const service of to) {
        const bindings = [...queues.filter((queue) => queue.service === service).flatMap((queue) => queue.bindings), ...groups.filter((group) => group.service === service).map(({ binding }) => binding)];
        expect(bindings.some((binding) => binding.exchange === exchange && (binding.key === type || binding.key === '#')), `${type} at ${service}`).toBe(true);
      }
    }
  });

  it('names a queue by service and type', () => {
    expect(queues).toContainEqual({ name: 'git-sync.revision.wanted', service: 'git-sync', bindings: [{ exchange: WORK_EXCHANGE, key: 'revision.wanted' }], expired: 'git-sync' });
  });

  it('gives messages in the order of their keys a group', () => {
    expect(groups).toContainEqual({ name: 'fabric.revision.observed', service: 'fabric', binding: { exchange: WORK_EXCHANGE, key: 'revision.observed' }, queues: 8 });
    expect(queues.map(({ name }) => name)).not.toContain('fabric.revision.observed');
  });

  it('gives notification one queue for all events', () => {
    expect(subscriptionsOf(topology, 'notification')).toEqual([{ name: 'notification.events', queues: ['notification.events'] }]);
    expect(queues).toContainEqual({ name: 'notification.events', service: 'notification', bindings: [{ exchange: EVENTS_EXCHANGE, key: '#' }], expired: 'notification' });
  });

  it('gives a service that takes messages a queue of those that expired', () => {
    expect(queues).toContainEqual({ name: 'fabric.expired', service: 'fabric', bindings: [{ exchange: EXPIRED_EXCHANGE, key: 'fabric' }] });
    expect(queues.map(({ name }) => name)).not.toContain('gateway.expired');
    expect(subscriptionsOf(topology, 'fabric').map(({ name }) => name)).not.toContain('fabric.expired');
  });

  it('subscribes to all queues of a group', () => {
    const [group] = groups;
    expect(subscriptionsOf(topology, group!.service)).toContainEqual({ name: group!.name, queues: queuesOfGroup(group!) });
    expect(queuesOfGroup({ ...group!, name: 'g', queues: 2 })).toEqual(['g', 'g.0', 'g.1']);
  });

  it('is without fault', () => {
    expect(topologyFaults(topology)).toEqual([]);
  });
});
