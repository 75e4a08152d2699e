import type { BrokerFeatures } from '../broker/broker-features.ts';
import { ORDERING_KEY_HEADER } from '../outbox/outbox-row.ts';
import { type BindingSpec, EXPIRED_EXCHANGE, type ExchangeType, type GroupSpec, queuesOfGroup, type QueueSpec, type Topology } from './topology.ts';

/** Redeliveries happen when PostgreSQL or a process is down; RabbitMQ 4 would drop a message after 20 of them. */
const DELIVERY_LIMIT = 1_000_000;
const HIGHEST_PRIORITY = 9;

/** An exchange as it is declared. */
export interface ExchangeLayout {
  name: string;
  type: ExchangeType;
  arguments: Record<string, unknown>;
  bindings: readonly BindingSpec[];
}

/** A queue as it is declared; always durable. */
export interface QueueLayout {
  name: string;
  arguments: Record<string, unknown>;
  bindings: readonly BindingSpec[];
  /** Taken away where a broker has them from a time with other features. */
  unbindings: readonly BindingSpec[];
}

/** A topology on a broker with certain features. */
export interface Layout {
  exchanges: readonly ExchangeLayout[];
  queues: readonly QueueLayout[];
}

/**
 * What is declared where the broker can do this much. Quorum queues come first, then priorities: a queue that is lost with
 * its node serves nobody. Without the consistent-hash exchange a group is one queue with one active consumer.
 */
export function layOut({ exchanges, queues, groups }: Topology, features: BrokerFeatures): Layout {
  const laidOut = groups.map((group) => features.consistentHash ? spreadGroup(group, features) : singleGroup(group, features));
  return {
    exchanges: [
      ...exchanges.filter(({ type }) => type !== 'x-consistent-hash' || features.consistentHash).map(({ name, type, bindings = [], hashHeader }) => ({
        name, type, bindings, arguments: hashHeader === undefined ? {} : { 'hash-header': hashHeader },
      })),
      ...laidOut.flatMap((group) => group.exchanges),
    ],
    queues: [
      ...queues.map((queue) => ({ name: queue.name, arguments: argumentsOf(queue, features), bindings: queue.bindings, unbindings: [] })),
      ...laidOut.flatMap((group) => group.queues),
    ],
  };
}

function spreadGroup(group: GroupSpec, features: BrokerFeatures): Layout {
  const { name, binding } = group;
  const [single, ...spread] = queuesOfGroup(group);
  const args = argumentsOfGroup(group, features);
  return {
    exchanges: [{ name, type: 'x-consistent-hash', arguments: { 'hash-header': ORDERING_KEY_HEADER }, bindings: [binding] }],
    queues: [
      ...spread.map((queue) => ({ name: queue, arguments: args, bindings: [{ exchange: name, key: '1' }], unbindings: [] })),
      { name: single!, arguments: args, bindings: [], unbindings: [binding] },
    ],
  };
}

function singleGroup(group: GroupSpec, features: BrokerFeatures): Layout {
  return { exchanges: [], queues: [{ name: group.name, arguments: argumentsOfGroup(group, features), bindings: [group.binding], unbindings: [] }] };
}

function argumentsOfGroup({ name, service }: GroupSpec, features: BrokerFeatures): Record<string, unknown> {
  return argumentsOf({ name, service, bindings: [], singleActive: true, expired: service }, features);
}

function argumentsOf({ singleActive, ttlMs, expired }: QueueSpec, features: BrokerFeatures): Record<string, unknown> {
  return {
    ...(features.quorumQueues && { 'x-queue-type': 'quorum', 'x-delivery-limit': DELIVERY_LIMIT }),
    // Where one consumer keeps an order there is nothing to overtake.
    ...(!features.quorumQueues && !singleActive && { 'x-max-priority': HIGHEST_PRIORITY }),
    ...(singleActive && { 'x-single-active-consumer': true }),
    ...(ttlMs !== undefined && { 'x-message-ttl': ttlMs }),
    ...(expired !== undefined && { 'x-dead-letter-exchange': EXPIRED_EXCHANGE, 'x-dead-letter-routing-key': expired }),
    // This strategy needs this overflow; with no limit on the length nothing is ever refused.
    ...(expired !== undefined && features.quorumQueues && features.atLeastOnceDeadLettering && { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' }),
  };
}
