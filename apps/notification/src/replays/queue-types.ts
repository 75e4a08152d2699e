import { type MessageContract, messages } from '@heddle/contracts';
import { everyEventQueueOf, queueOf, topologyOf } from '@heddle/messaging';

/** The event types that a consumer queue takes; undefined when there is no such queue, empty when it takes no events. */
export function eventTypesOf(queue: string, contracts: readonly MessageContract[] = Object.values(messages)): Set<string> | undefined {
  const spec = topologyOf(contracts).queues.find(({ name }) => name === queue);
  if (!spec) return undefined;
  const every = everyEventQueueOf(spec.service) === queue;
  return new Set(contracts.filter(({ role, type }) => role === 'event' && (every || queueOf(spec.service, type) === queue)).map(({ type }) => type));
}

/** The queues that take events, for people. */
export function eventQueues(): string[] {
  return topologyOf().queues.map(({ name }) => name).filter((name) => (eventTypesOf(name)?.size ?? 0) > 0).sort();
}
