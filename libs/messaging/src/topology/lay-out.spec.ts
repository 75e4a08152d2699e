import { describe, expect, it } from 'vitest';
import { type BrokerAbilities, featuresOf } from '../broker/broker-features.ts';
import { layOut } from './lay-out.ts';
import { EVENTS_EXCHANGE, type Topology, WORK_EXCHANGE } from './topology.ts';

const topology: Topology = {
  exchanges: [{ name: EVENTS_EXCHANGE, type: 'topic' }, { name: WORK_EXCHANGE, type: 'direct' }, { name: 'spread', type: 'x-consistent-hash', hashHeader: 'h' }],
  queues: [{ name: 'q', service: 'fabric', bindings: [{ exchange: WORK_EXCHANGE, key: 'a.b' }], expired: 'fabric' }, { name: 'short', bindings: [], ttlMs: 500 }],
  groups: [{ name: 'g', service: 'fabric', binding: { exchange: WORK_EXCHANGE, key: 'c.d' }, queues: 2 }],
};
const on = (version: string, changes: Partial<BrokerAbilities> = {}) => layOut(topology, { ...featuresOf('RabbitMQ', version, true), ...changes });
const queue = (layout: ReturnType<typeof on>, name: string) => layout.queues.find((one) => one.name === name);

describe('layOut', () => {
  it('makes replicated queues that hand over what expires', () => {
    expect(queue(on('3.10.8'), 'q')!.arguments).toEqual({
      'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000, 'x-dead-letter-exchange': 'heddle.expired', 'x-dead-letter-routing-key': 'fabric', 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish',
    });
  });

  it('gives up the strategy before replication', () => {
    expect(queue(on('3.9.0'), 'q')!.arguments).toEqual({ 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000, 'x-dead-letter-exchange': 'heddle.expired', 'x-dead-letter-routing-key': 'fabric' });
  });

  it('makes classic queues with priorities where there are no others', () => {
    const layout = on('3.10.8', { quorumQueues: false });
    expect(queue(layout, 'q')!.arguments).toEqual({ 'x-max-priority': 9, 'x-dead-letter-exchange': 'heddle.expired', 'x-dead-letter-routing-key': 'fabric' });
    expect(queue(layout, 'g.0')!.arguments).toEqual({ 'x-single-active-consumer': true, 'x-dead-letter-exchange': 'heddle.expired', 'x-dead-letter-routing-key': 'fabric' });
  });

  it('gives a queue its time to live', () => {
    expect(queue(on('3.10.8'), 'short')!.arguments).toMatchObject({ 'x-message-ttl': 500 });
  });

  it('spreads a group by the hash of the ordering key', () => {
    const layout = on('3.10.8');
    expect(layout.exchanges).toContainEqual({ name: 'g', type: 'x-consistent-hash', arguments: { 'hash-header': 'ordering-key' }, bindings: [{ exchange: WORK_EXCHANGE, key: 'c.d' }] });
    for (const name of ['g.0', 'g.1']) {
      expect(queue(layout, name)).toMatchObject({ bindings: [{ exchange: 'g', key: '1' }], arguments: { 'x-single-active-consumer': true } });
    }
    expect(queue(layout, 'g')).toMatchObject({ bindings: [], unbindings: [{ exchange: WORK_EXCHANGE, key: 'c.d' }] });
  });

  it('makes a group one queue where the broker can not hash', () => {
    const layout = on('3.10.8', { consistentHash: false });
    expect(layout.exchanges.map(({ name }) => name)).toEqual([EVENTS_EXCHANGE, WORK_EXCHANGE]);
    expect(layout.queues.map(({ name }) => name)).toEqual(['q', 'short', 'g']);
    expect(queue(layout, 'g')).toMatchObject({ bindings: [{ exchange: WORK_EXCHANGE, key: 'c.d' }], unbindings: [], arguments: { 'x-single-active-consumer': true } });
  });
});
