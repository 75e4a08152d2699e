import { randomUUID } from 'node:crypto';
import type { Channel, ConsumeMessage, Message } from 'amqplib';
import { errorFromWire, type Logger, type WireError } from '@heddle/platform';
import type { BrokerConnection } from '../broker/broker-connection.ts';
import { ManagedChannel, plainChannel } from '../broker/managed-channel.ts';
import { REQUESTS_EXCHANGE, requestQueueOf } from '../topology/topology.ts';
import type { Asker, Question } from '../transport/transport.ts';
import { brokerAway, late, notRunning } from './not-reached.ts';
import { OUTCOME_HEADER } from './request-wire.ts';

const REPLY_QUEUE = 'amq.rabbitmq.reply-to';
interface Pending {
  question: Question;
  resolve: (reply: Buffer) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/**
 * Asks by direct reply-to: questions go out and replies come in on one channel, without acknowledgements; nothing of it is
 * stored. A question to a service that does not run comes back at once, one that nobody has taken by its deadline expires.
 */
export class RequestChannel implements Asker {
  readonly #channel: ManagedChannel<Channel>;
  readonly #pending = new Map<string, Pending>();

  constructor(private readonly connection: BrokerConnection, logger: Logger) {
    this.#channel = new ManagedChannel({
      name: 'requests', connection, logger, create: plainChannel,
      setup: async (channel) => {
        channel.on('return', (message: Message) => this.returned(String(message.properties.correlationId)));
        await channel.consume(REPLY_QUEUE, (message) => message && this.replied(message), { noAck: true });
      },
      onLost: () => this.lost(),
    });
  }

  start(): void {
    this.#channel.start();
  }

  untilOpen(timeoutMs: number): Promise<boolean> {
    return this.#channel.untilOpen(timeoutMs);
  }

  /** The bytes of the answer. @throws Unavailable when the service is not reached in time, else what the service threw */
  ask(question: Question): Promise<Buffer> {
    const channel = this.#channel.current;
    if (!channel || this.connection.blocked !== undefined) return Promise.reject(brokerAway(question));
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const id = randomUUID();
    const timer = setTimeout(() => this.take(id)?.reject(late(question)), question.deadlineMs);
    this.#pending.set(id, { question, resolve, reject, timer });
    try {
      channel.publish(REQUESTS_EXCHANGE, requestQueueOf(question.service), question.body, {
        mandatory: true, persistent: false, correlationId: id, replyTo: REPLY_QUEUE, type: question.method,
        contentType: 'application/json', expiration: String(Math.ceil(question.deadlineMs)), headers: question.headers,
      });
    } catch (error) {
      this.take(id)?.reject(brokerAway(question, error));
    }
    return promise;
  }

  async close(): Promise<void> {
    this.lost();
    await this.#channel.close();
  }

  private replied(message: ConsumeMessage): void {
    const pending = this.take(String(message.properties.correlationId));
    if (!pending) return; // it came after its deadline
    const outcome: unknown = (message.properties.headers as Record<string, unknown> | undefined)?.[OUTCOME_HEADER];
    if (outcome === 'ok') pending.resolve(message.content);
    else pending.reject(errorFromWire(JSON.parse(message.content.toString('utf8')) as WireError));
  }

  private returned(id: string): void {
    const pending = this.take(id);
    pending?.reject(notRunning(pending.question));
  }

  private lost(): void {
    for (const [id, { question }] of [...this.#pending]) this.take(id)?.reject(brokerAway(question));
  }

  private take(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    return pending;
  }
}
