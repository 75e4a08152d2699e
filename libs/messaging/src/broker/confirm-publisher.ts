import type { ConfirmChannel, Message } from 'amqplib';
import type { Logger } from '@heddle/platform';
import type { BrokerConnection } from './broker-connection.ts';
import { confirmChannel, ManagedChannel } from './managed-channel.ts';

/**
 * What became of a published message:
 * - `confirmed`: the broker has it, in every queue that it belongs to;
 * - `returned`: no queue takes it;
 * - `refused`: the broker said no (nack);
 * - `unknown`: the channel was lost before an answer came: it may have arrived or not.
 */
export type PublishOutcome = 'confirmed' | 'returned' | 'refused' | 'unknown';

export interface Publication {
  exchange: string;
  routingKey: string;
  /** Joins the return and the confirm; unique among the messages in flight. */
  messageId: string;
  type: string;
  body: Buffer;
  headers: Record<string, unknown>;
  /** 0 to 9. */
  priority: number;
  /** The broker is told what is left until then, at least a millisecond; absent: it waits for ever. */
  expiresAt?: Date | undefined;
}

export interface ConfirmPublisherOptions {
  connection: BrokerConnection;
  logger: Logger;
  /** Most messages in flight; default 256. */
  window?: number;
}

/**
 * Publishes persistent, mandatory messages and tells what became of each. Nothing is buffered: whoever publishes asks for
 * {@link free} first, so that a broker that is away or blocked holds up its publishers instead of filling the memory.
 */
export class ConfirmPublisher {
  readonly #channel: ManagedChannel<ConfirmChannel>;
  readonly #inFlight = new Map<string, (outcome: PublishOutcome) => void>();
  readonly #returned = new Set<string>();
  readonly #window: number;
  #onFree: () => void = () => undefined;

  constructor(private readonly options: ConfirmPublisherOptions) {
    this.#window = options.window ?? 256;
    this.#channel = new ManagedChannel({
      name: 'publish', connection: options.connection, logger: options.logger, create: confirmChannel,
      setup: async (channel) => { channel.on('return', ({ properties }: Message) => this.#returned.add(String(properties.messageId))); },
      onReady: () => this.#onFree(),
      onLost: () => this.forsake(),
    });
    options.connection.onBlocked(() => this.#onFree());
  }

  /** @param onFree told whenever something may be published that perhaps could not be before */
  start(onFree: () => void): void {
    this.#onFree = onFree;
    this.#channel.start();
  }

  /** How many messages may be published now. */
  get free(): number {
    if (!this.#channel.current || this.options.connection.blocked !== undefined) return 0;
    return this.#window - this.#inFlight.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Answers when the broker does; never throws. Without a channel the outcome is `unknown` at once. */
  publish(publication: Publication): Promise<PublishOutcome> {
    const { exchange, routingKey, messageId, type, body, headers, priority, expiresAt } = publication;
    const channel = this.#channel.current;
    if (!channel) return Promise.resolve('unknown');
    const { promise, resolve } = Promise.withResolvers<PublishOutcome>();
    this.#inFlight.set(messageId, resolve);
    try {
      channel.publish(exchange, routingKey, body, {
        messageId, type, headers, persistent: true, mandatory: true, contentType: 'application/json', priority,
        ...(expiresAt && { expiration: String(Math.max(1, expiresAt.getTime() - Date.now())) }), timestamp: Math.floor(Date.now() / 1_000),
      }, (error: unknown) => this.answered(messageId, error));
    } catch {
      // The channel closed a moment ago: its 'close' is on the way.
      this.settle(messageId, 'unknown');
    }
    return promise;
  }

  async close(): Promise<void> {
    await this.#channel.close();
    this.forsake();
  }

  private answered(messageId: string, error: unknown): void {
    // The broker sends the return before the confirm, on the same channel.
    const returned = this.#returned.delete(messageId);
    if (error instanceof Error) this.settle(messageId, error.message === 'channel closed' ? 'unknown' : 'refused');
    else this.settle(messageId, returned ? 'returned' : 'confirmed');
    this.#onFree();
  }

  private settle(messageId: string, outcome: PublishOutcome): void {
    const resolve = this.#inFlight.get(messageId);
    this.#inFlight.delete(messageId);
    resolve?.(outcome);
  }

  private forsake(): void {
    for (const messageId of [...this.#inFlight.keys()]) this.settle(messageId, 'unknown');
    this.#returned.clear();
  }
}
