import { messages } from '@heddle/contracts';
import { describe, expect, it } from 'vitest';
import { EVENTS_EXCHANGE, topologyOf, WORK_EXCHANGE } from './topology.ts';

describe('topologyOf', () => {
  const { queues } = topologyOf();

  it('gives every message a queue for each consumer', () => {
    for (const { type, role, to } of Object.values(messages)) {
      const exchange = role === 'event' ? EVENTS_EXCHANGE : WORK_EXCHANGE;
      for (const service of to) {
        const takes = queues.some((queue) => queue.service === service && queue.bindings.some((binding) => binding.exchange === exchange && (binding.key === type || binding.key === '#')));
        expect(takes, `${type} at ${service}`).toBe(true);
      }
    }
  });

  it('names a queue by service and type', () => {
    expect(queues).toContainEqual({ name: 'fabric.revision.observed', service: 'fabric', bindings: [{ exchange: WORK_EXCHANGE, key: 'revision.observed' }] });
  });

  it('gives notification one queue for all events', () => {
    expect(queues.filter(({ service }) => service === 'notification')).toEqual([
      { name: 'notification.events', service: 'notification', bindings: [{ exchange: EVENTS_EXCHANGE, key: '#' }] },
    ]);
  });

  it('has no queue name twice', () => {
    expect(new Set(queues.map(({ name }) => name)).size).toBe(queues.length);
  });
});
