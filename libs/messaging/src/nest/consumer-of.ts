import { type MessageContract, messages, type ServiceName } from '@heddle/contracts';
import type { Consumer } from '../consume/consumer.ts';
import { DEFAULT_RETRY_DELAYS_MS } from '../inbox/failure.ts';
import { everyEventQueueOf, queueOf, type SubscriptionSpec } from '../topology/topology.ts';
import { EVERY_EVENT, type HandlerExtras } from './bus-pattern.ts';

const DEFAULT_PREFETCH = 20;
const contracts: Readonly<Record<string, MessageContract>> = messages;

/**
 * The consumer that a handler's pattern and options describe.
 * @throws when the contracts give the service no such queue, or it holds keys back whose order nobody asked for
 */
export function consumerOf(service: ServiceName, pattern: string, extras: HandlerExtras & { heddle: 'messages' }, handle: Consumer['handle'], subscriptions: readonly SubscriptionSpec[]): Consumer {
  const everyEvent = pattern === EVERY_EVENT;
  const queue = everyEvent ? everyEventQueueOf(service) : queueOf(service, pattern);
  const subscription = subscriptions.find(({ name }) => name === queue);
  if (!subscription) throw new Error(`'${service}' has a handler for '${pattern}', but no contract sends it there: there is no queue '${queue}'`);
  const order = everyEvent ? 'none' : contracts[pattern]?.order ?? 'none';
  if (order === 'none' && extras.afterDeadLetter !== undefined) throw new Error(`'${service}' says for '${pattern}' what comes after a dead letter, but its contract asks for no order`);
  return {
    queue, queues: subscription.queues, order, afterDeadLetter: extras.afterDeadLetter ?? 'continue', batch: extras.batch, handle,
    accepts: everyEvent ? (type) => contracts[type]?.role === 'event' : (type) => type === pattern,
    // Twice a batch, so that the next one gathers while one is in hand.
    prefetch: extras.prefetch ?? (extras.batch ? extras.batch.size * 2 : DEFAULT_PREFETCH),
    retryDelaysMs: extras.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS,
  };
}
