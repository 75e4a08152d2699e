import type { Logger } from '@heddle/platform';
import type { ParkingLot } from '../inbox/parking-lot.ts';
import type { BusMetrics } from '../nest/bus-metrics.ts';
import type { Consumer } from './consumer.ts';
import type { DatabaseWatch } from './database-watch.ts';
import { decodeMessage } from './decode-message.ts';
import type { Delivery } from './delivery.ts';
import { incoming, parkingMessageOf } from './incoming.ts';
import type { DeliveryHandler } from './subscription.ts';

export interface ExpiredMessagesOptions {
  /** Those of this service, whose queues the messages come from. */
  consumers: readonly Consumer[];
  /** Consumer of messages whose queue is none of ours any more. */
  otherwise: string;
  parkingLot: ParkingLot;
  watch: DatabaseWatch;
  metrics: BusMetrics;
  logger: Logger;
}

/** Where and why the broker took a message out of its queue. */
export interface Death {
  queue: string;
  /** `expired`; also `delivery_limit`, `maxlen` or `rejected`, when a queue was declared by somebody else. */
  reason: string;
}

/** Takes what the broker took out of this service's queues, mostly because its time was over, and makes each a dead letter of the consumer that it was meant for. */
export class ExpiredMessages implements DeliveryHandler {
  constructor(private readonly options: ExpiredMessagesOptions) {}

  async handle(delivery: Delivery): Promise<void> {
    const { parkingLot, watch, metrics, logger } = this.options;
    const { queue, reason } = deathOf(delivery.headers);
    const consumer = this.options.consumers.find(({ queues }) => queues.includes(queue));
    const decoded = decodeMessage(delivery.body, () => true);
    const message = parkingMessageOf(consumer?.queue ?? this.options.otherwise, incoming(delivery), decoded);
    try {
      const holdsKey = consumer?.order === 'key' && consumer.afterDeadLetter === 'hold';
      await parkingLot.put(message, { state: 'dead', reason, message: reason === 'expired' ? 'It expired before it was taken.' : `The broker took it out of its queue: ${reason}.` }, 0, { holdsKey });
    } catch (error) {
      if (!watch.blames(error)) {
        logger.error('an expired message could not be kept; it stays with the broker', { queue, error });
        watch.pause(error);
      }
      return delivery.leave();
    }
    if (reason === 'expired') metrics.expired(message.consumer);
    metrics.handled(message.consumer, 'dead');
    logger.warn('a message was not taken in time', { queue, message: message.messageId, type: message.type, reason });
    delivery.settle();
  }

  async handleBatch(deliveries: readonly Delivery[]): Promise<void> {
    for (const delivery of deliveries) await this.handle(delivery);
  }
}

/** The first death that the broker noted: later ones are those of our own queue of the dead. */
export function deathOf(headers: Record<string, unknown>): Death {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const deaths = Array.isArray(headers['x-death']) ? headers['x-death'] as Record<string, unknown>[] : [];
  const first = deaths.at(-1) ?? {};
  return {
    queue: text(headers['x-first-death-queue']) ?? text(first['queue']) ?? 'unknown',
    reason: text(headers['x-first-death-reason']) ?? text(first['reason']) ?? 'expired',
  };
}
