import { describe, expect, it } from 'vitest';
import { eventQueues, eventTypesOf } from './queue-types.ts';

describe('the queues of replays', () => {
  it.each([
    ['fabric.cluster.state_changed', ['cluster.state_changed']], ['fabric.source.state_changed', ['source.state_changed']],
    ['fabric.steps.finished', []], ['git-sync.revision.wanted', []],
  ])('%s takes the events %j', (queue, types) => {
    expect([...eventTypesOf(queue)!]).toEqual(types);
  });

  it('know the queue of all events and no others', () => {
    expect(eventTypesOf('notification.events')!.has('drift.detected')).toBe(true);
    expect(eventTypesOf('notification.events')!.has('steps.apply')).toBe(false);
    expect(eventTypesOf('nowhere')).toBeUndefined();
    expect(eventTypesOf('fabric.source.state_changed.0')).toBeUndefined();
    expect(eventQueues()).toEqual(['fabric.bus.alert_fired', 'fabric.bus.alert_resolved', 'fabric.cluster.state_changed', 'fabric.source.state_changed', 'fabric.watch.state_changed', 'notification.events']);
  });
});
