import { describeError, type Logger } from '@heddle/platform';
import { Delivery, type DeliveryChannel } from '../../consume/delivery.ts';
import type { QueueConsumer, QueueConsumerOptions } from '../transport.ts';
import { until } from '../until.ts';
import type { MemoryConnection } from './memory-connection.ts';
import type { MemoryConsumer } from './memory-consumer.ts';
import type { MemoryLink } from './memory-link.ts';

const REOPEN_MS = 20;

interface Open {
  connection: MemoryConnection;
  consumer: MemoryConsumer;
}

/** A {@link QueueConsumer} on a memory broker. */
export class MemoryQueueConsumer implements QueueConsumer {
  readonly #waiting = new Set<() => void>();
  #open: Open | undefined;
  /** It consumes, or there is nothing to consume. */
  #ready = false;
  #stopListening: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param declare declares the topology anew, when the queue is missing */
  constructor(private readonly link: MemoryLink, private readonly options: QueueConsumerOptions, private readonly declare: () => void, private readonly logger: Logger) {}

  start(): void {
    this.#stopListening ??= this.link.onUp((connection) => this.open(connection));
  }

  async untilOpen(timeoutMs: number): Promise<boolean> {
    return until(timeoutMs, (opened) => {
      if (this.#ready) opened();
      this.#waiting.add(opened);
      return () => this.#waiting.delete(opened);
    });
  }

  async cancel(): Promise<void> {
    this.#open?.consumer.cancel();
  }

  async close(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = undefined;
    clearTimeout(this.#timer);
    const open = this.#open;
    this.#open = undefined;
    this.#ready = false;
    open?.connection.closeChannel(open.consumer, 'closed by the client');
  }

  private open(connection: MemoryConnection): void {
    clearTimeout(this.#timer);
    const { queue, prefetch, onDelivery, exists, abandoned } = this.options;
    if (exists?.() === false) return this.nowOpen(undefined);
    try {
      const channel: DeliveryChannel = { ack: ({ fields }, upTo = false) => connection.settle(open.consumer, fields.deliveryTag, upTo) };
      const consumer = connection.consume(queue, prefetch, {
        delivered: (deliveryTag, { message, redelivered }) => onDelivery(new Delivery(
          { content: message.body, fields: { deliveryTag, redelivered }, properties: { messageId: message.messageId, type: message.type, timestamp: message.timestamp, headers: message.headers } },
          channel, () => this.#open === open, () => this.#open !== open || abandoned?.() === true,
        )),
        cancelled: () => {
          this.logger.warn('the broker cancelled a consumer', { queue });
          connection.closeChannel(consumer, 'its queue was deleted');
        },
        closed: () => this.closed(connection, open),
      });
      const open = { connection, consumer };
      this.nowOpen(open);
    } catch (error) {
      this.logger.debug('consuming failed; the topology is declared anew', { queue, error: describeError(error) });
      this.declare();
      this.openLater(connection);
    }
  }

  private nowOpen(open: Open | undefined): void {
    this.#open = open;
    this.#ready = true;
    for (const opened of this.#waiting) opened();
  }

  private closed(connection: MemoryConnection, open: Open): void {
    if (this.#open !== open) return;
    this.#open = undefined;
    this.#ready = false;
    this.options.onLost?.();
    if (this.#stopListening) this.openLater(connection);
  }

  private openLater(connection: MemoryConnection): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { if (this.link.current === connection && this.#stopListening) this.open(connection); }, REOPEN_MS);
  }
}
