import { type MessageContract, messages, SERVICES, type ServiceName } from '@heddle/contracts';
import { everyEventQueueOf, queueOf, subscriptionsOf, topologyOf } from '@heddle/messaging';

/** The event types that a consumer queue takes; undefined when there is no such queue, empty when it takes no events. */
export function eventTypesOf(queue: string, contracts: readonly MessageContract[] = Object.values(messages)): Set<string> | undefined {
  const service = serviceOf(queue, contracts);
  if (!service) return undefined;
  const every = everyEventQueueOf(service) === queue;
  return new Set(contracts.filter(({ role, type }) => role === 'event' && (every || queueOf(service, type) === queue)).map(({ type }) => type));
}

/** The queues that take events, for people. */
export function eventQueues(): string[] {
  const topology = topologyOf();
  return SERVICES.flatMap((service) => subscriptionsOf(topology, service)).map(({ name }) => name).filter((name) => (eventTypesOf(name)?.size ?? 0) > 0).sort();
}

/** A subscription in the order of keys is named by its group, whose queue of that name takes what is sent to it alone. */
function serviceOf(queue: string, contracts: readonly MessageContract[]): ServiceName | undefined {
  const topology = topologyOf(contracts);
  return SERVICES.find((service) => subscriptionsOf(topology, service).some(({ name }) => name === queue));
}
