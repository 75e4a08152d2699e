import { type MessageContract, messages, SERVICES } from '@heddle/contracts';
import { everyEventQueueOf, queueOf, subscriptionsOf, topologyOf } from '@heddle/messaging';

/**
 * The event types that a consumer queue takes; undefined when there is no such queue, empty when it takes no events. Of a
 * group of queues it is the one with the group's name, which has one active consumer: a replay keeps its order there.
 */
export function eventTypesOf(queue: string, contracts: readonly MessageContract[] = Object.values(messages)): Set<string> | undefined {
  const topology = topologyOf(contracts);
  const service = SERVICES.find((one) => subscriptionsOf(topology, one).some(({ name }) => name === queue));
  if (service === undefined) return undefined;
  const every = everyEventQueueOf(service) === queue;
  return new Set(contracts.filter(({ role, type }) => role === 'event' && (every || queueOf(service, type) === queue)).map(({ type }) => type));
}

/** The queues that take events, for people. */
export function eventQueues(): string[] {
  const topology = topologyOf();
  return SERVICES.flatMap((service) => subscriptionsOf(topology, service).map(({ name }) => name)).filter((name) => (eventTypesOf(name)?.size ?? 0) > 0).sort();
}
