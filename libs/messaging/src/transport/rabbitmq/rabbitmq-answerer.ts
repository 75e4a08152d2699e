import type { Channel, ConsumeMessage } from 'amqplib';
import { describeError, type Logger } from '@heddle/platform';
import type { BrokerConnections } from '../../broker/broker-connections.ts';
import { closeQuietly } from '../../broker/close-quietly.ts';
import { ManagedChannel, plainChannel } from '../../broker/managed-channel.ts';
import { OUTCOME_HEADER } from '../../request/request-wire.ts';
import { REQUESTS_EXCHANGE, requestQueueOf } from '../../topology/topology.ts';
import type { Answer, Answerer } from '../transport.ts';

/** The queue goes with its last consumer; after a crash of the broker in between, after this long. */
const UNUSED_QUEUE_MS = 60_000;

/** An {@link Answerer} on RabbitMQ: the queue of questions lives while it is consumed, answers leave by direct reply-to. */
export class RabbitmqAnswerer implements Answerer {
  readonly #incoming: ManagedChannel<Channel>;
  readonly #outgoing: ManagedChannel<Channel>;
  readonly #queue: string;
  #consumerTag: string | undefined;

  constructor(service: string, private readonly answer: Answer, { consume, publish }: BrokerConnections, private readonly logger: Logger) {
    this.#queue = requestQueueOf(service);
    this.#incoming = new ManagedChannel({ name: this.#queue, connection: consume, logger, create: plainChannel, setup: (channel) => this.consume(channel) });
    this.#outgoing = new ManagedChannel({ name: 'replies', connection: publish, logger, create: plainChannel });
  }

  start(): void {
    this.#outgoing.start();
    this.#incoming.start();
  }

  async untilOpen(timeoutMs: number): Promise<boolean> {
    return (await Promise.all([this.#incoming.untilOpen(timeoutMs), this.#outgoing.untilOpen(timeoutMs)])).every(Boolean);
  }

  async cancel(): Promise<void> {
    const channel = this.#incoming.current;
    if (!channel || this.#consumerTag === undefined) return;
    await channel.cancel(this.#consumerTag).catch((error: unknown) => this.logger.debug('cancelling a consumer failed', { queue: this.#queue, error: describeError(error) }));
  }

  async close(): Promise<void> {
    await this.#incoming.close();
    await this.#outgoing.close();
  }

  private async consume(channel: Channel): Promise<void> {
    await channel.assertQueue(this.#queue, { durable: true, autoDelete: true, expires: UNUSED_QUEUE_MS });
    const { consumerTag } = await channel.consume(this.#queue, (message) => this.delivered(channel, message), { noAck: true });
    this.#consumerTag = consumerTag;
    // Bound last: a question is routed here only when somebody takes it.
    await channel.bindQueue(this.#queue, REQUESTS_EXCHANGE, this.#queue);
  }

  private delivered(channel: Channel, message: ConsumeMessage | null): void {
    if (message) return void this.reply(message);
    // The broker cancelled the consumer: the queue was deleted or moved. A new channel declares and consumes it again.
    this.logger.warn('the broker cancelled a consumer', { queue: this.#queue });
    void closeQuietly(channel);
  }

  private async reply({ content, properties }: ConsumeMessage): Promise<void> {
    const { replyTo, correlationId } = properties as { replyTo?: string; correlationId?: string };
    const method = String(properties.type);
    const { outcome, body } = await this.answer({ method, body: content, headers: (properties.headers ?? {}) as Record<string, unknown>, correlationId: String(correlationId) });
    if (replyTo === undefined) return;
    const channel = this.#outgoing.current;
    if (!channel) return this.logger.warn('a reply could not be sent', { method, error: 'the connection to the broker is lost' });
    try {
      channel.publish('', replyTo, body, { persistent: false, correlationId, contentType: 'application/json', headers: { [OUTCOME_HEADER]: outcome } });
    } catch (error) {
      this.logger.warn('a reply could not be sent', { method, error: describeError(error) });
    }
  }
}
