import type { ConfirmChannel, Message } from 'amqplib';
import type { BreakerView } from '@heddle/contracts';
import { describeError, type Logger } from '@heddle/platform';
import type { Publisher, PublisherOptions } from '../transport/transport.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { confirmChannel, ManagedChannel } from './managed-channel.ts';
import { PublishBreaker } from './publish-breaker.ts';

/**
 * What became of a published message:
 * - `confirmed`: the broker has it, in every queue that it belongs to;
 * - `returned`: no queue takes it;
 * - `refused`: the broker said no (nack);
 * - `unknown`: no answer came in time, or the channel was lost before one: it may have arrived or not.
 */
export type PublishOutcome = 'confirmed' | 'returned' | 'refused' | 'unknown';

export interface Publication {
  exchange: string;
  routingKey: string;
  /** Joins the return and the confirm. */
  messageId: string;
  type: string;
  body: Buffer;
  headers: Record<string, unknown>;
  /** 0 to 9. */
  priority: number;
  /** The broker is told what is left until then, at least a millisecond; absent: it waits for ever. */
  expiresAt?: Date | undefined;
}

export interface ConfirmPublisherOptions extends PublisherOptions {
  connection: BrokerConnection;
  logger: Logger;
  /** Declares the topology anew, after the broker closed the channel since an exchange is missing, or sent a message back that no queue takes. */
  declare?: () => Promise<void>;
}

/** One try of a message. A message that is tried again is another flight: an answer to the first settles nothing of the second. */
interface Flight {
  bytes: number;
  /** Ticks of the publisher's clock at its start. */
  since: number;
  settle: (outcome: PublishOutcome) => void;
}

const TICKS_UNTIL_OVERDUE = 10;
const NOT_FOUND = 404;
/**
 * A quorum queue that is declared again within milliseconds of its deletion keeps its consumers and hands them nothing (seen
 * with RabbitMQ 3.10): they must be told first. And where declaring does not help, each try comes back.
 */
const DECLARE_AFTER_MS = 500;
const DECLARE_AGAIN_AFTER_MS = 5_000;

/**
 * Publishes persistent, mandatory messages and tells what became of each. Nothing is buffered: whoever publishes asks for
 * {@link free} first, so that a broker that is away, blocked or silent holds up its publishers instead of filling the
 * memory. A broker in a memory or disk alarm simply stops to confirm, with or without a notice: the breaker then gives up
 * what is in flight and lets one message at a time find out whether the broker is back.
 */
export class ConfirmPublisher implements Publisher {
  readonly #channel: ManagedChannel<ConfirmChannel>;
  readonly #breaker: PublishBreaker;
  readonly #flights = new Set<Flight>();
  readonly #window: number;
  readonly #windowBytes: number;
  #bytes = 0;
  #ticks = 0;
  #clock: NodeJS.Timeout | undefined;
  /** How often each message came back on this channel and was not confirmed yet: the same message may be tried twice. */
  #returned = new Map<string, number>();
  #exchangeIsMissing = false;
  #declaring: NodeJS.Timeout | undefined;
  #declaredAt = -Infinity;
  #onFree: () => void = () => undefined;

  constructor(private readonly options: ConfirmPublisherOptions) {
    this.#window = options.window ?? 256;
    this.#windowBytes = options.windowBytes ?? 16 * 1024 * 1024;
    this.#breaker = new PublishBreaker({
      logger: options.logger,
      ...(options.breakerOpenMs !== undefined && { openMs: options.breakerOpenMs }),
      ...(options.breakerLongestOpenMs !== undefined && { longestOpenMs: options.breakerLongestOpenMs }),
      mayTry: () => options.connection.blocked === undefined,
      onChange: (view) => {
        options.onBreaker?.(view);
        if (view.state !== 'open') this.#onFree();
      },
    });
    this.#channel = new ManagedChannel({
      name: 'publish', connection: options.connection, logger: options.logger, create: confirmChannel,
      setup: (channel) => this.prepare(channel),
      onReady: () => {
        // Perhaps at another node: what the one before did not answer says nothing of this one.
        this.#breaker.tell('stirred');
        this.#onFree();
      },
      onLost: () => this.forsake(),
    });
    options.connection.onBlocked(() => {
      if (options.connection.blocked === undefined) this.#breaker.tell('stirred');
      this.#onFree();
    });
  }

  /** @param onFree told whenever something may be published that perhaps could not be before */
  start(onFree: () => void): void {
    this.#onFree = onFree;
    this.#channel.start();
    // Counted in ticks of this process, so that one that was stopped for a while does not blame the broker.
    this.#clock ??= setInterval(() => this.tick(), (this.options.confirmTimeoutMs ?? 10_000) / TICKS_UNTIL_OVERDUE);
    this.#clock.unref();
  }

  /** How many messages may be published now. */
  get free(): number {
    if (!this.#channel.current || this.options.connection.blocked !== undefined || this.#breaker.state === 'open') return 0;
    if (this.#bytes >= this.#windowBytes) return 0;
    return (this.#breaker.state === 'half-open' ? 1 : this.#window) - this.#flights.size;
  }

  get inFlight(): number {
    return this.#flights.size;
  }

  /** The breaker, for health checks and metrics. */
  get breaker(): BreakerView {
    return this.#breaker.view();
  }

  /** Answers when the broker does, or when it is given up; never throws. Without a channel the outcome is `unknown` at once. */
  publish(publication: Publication): Promise<PublishOutcome> {
    const { exchange, routingKey, messageId, type, body, headers, priority, expiresAt } = publication;
    const channel = this.#channel.current;
    if (!channel) return Promise.resolve('unknown');
    return new Promise((resolve) => {
      const flight: Flight = { bytes: body.length, since: this.#ticks, settle: resolve };
      this.#flights.add(flight);
      this.#bytes += flight.bytes;
      try {
        channel.publish(exchange, routingKey, body, {
          messageId, type, headers, persistent: true, mandatory: true, contentType: 'application/json', priority,
          ...(expiresAt && { expiration: String(Math.max(1, expiresAt.getTime() - Date.now())) }), timestamp: Math.floor(Date.now() / 1_000),
        }, (error: unknown) => this.answered(flight, messageId, error));
      } catch {
        // The channel closed a moment ago: its 'close' is on the way.
        this.land(flight, 'unknown');
      }
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#clock);
    this.#clock = undefined;
    clearTimeout(this.#declaring);
    this.#declaring = undefined;
    this.#breaker.stop();
    await this.#channel.close();
    this.forsake();
  }

  private async prepare(channel: ConfirmChannel): Promise<void> {
    const returned = new Map<string, number>();
    this.#returned = returned;
    channel.on('return', ({ properties }: Message) => {
      const messageId = String(properties.messageId);
      returned.set(messageId, (returned.get(messageId) ?? 0) + 1);
    });
    channel.on('error', (error: { code?: unknown }) => { if (error.code === NOT_FOUND) this.#exchangeIsMissing = true; });
    if (!this.#exchangeIsMissing) return;
    await this.options.declare?.();
    this.#exchangeIsMissing = false;
  }

  private answered(flight: Flight, messageId: string, error: unknown): void {
    if (error instanceof Error && error.message === 'channel closed') return this.land(flight, 'unknown');
    const late = !this.#flights.has(flight);
    // The broker sends the return before the confirm, on the same channel.
    const returned = this.takeReturn(messageId);
    this.land(flight, error instanceof Error ? 'refused' : returned ? 'returned' : 'confirmed');
    if (returned) this.declareSoon();
    if (late) this.#breaker.tell('stirred');
    else this.#breaker.tell(error instanceof Error ? 'refused' : 'answered', 'the broker refused the one message that was tried');
    this.#onFree();
  }

  /** No queue took a message: somebody may have deleted one, or its binding. */
  private declareSoon(): void {
    const wait = Math.max(DECLARE_AFTER_MS, this.#declaredAt + DECLARE_AGAIN_AFTER_MS - performance.now());
    this.#declaring ??= setTimeout(() => {
      this.#declaring = undefined;
      this.#declaredAt = performance.now();
      this.options.declare?.().catch((error: unknown) => this.options.logger.warn('declaring the topology again failed', { error: describeError(error) }));
    }, wait);
    this.#declaring.unref();
  }

  private takeReturn(messageId: string): boolean {
    const count = this.#returned.get(messageId);
    if (count === undefined) return false;
    if (count === 1) this.#returned.delete(messageId);
    else this.#returned.set(messageId, count - 1);
    return true;
  }

  private tick(): void {
    this.#ticks += 1;
    // In the order of their start: the first one is the oldest.
    const [oldest] = this.#flights;
    if (!oldest || this.#ticks - oldest.since <= TICKS_UNTIL_OVERDUE) return;
    const { blocked } = this.options.connection;
    this.#breaker.tell('overdue', `no confirm within ${this.options.confirmTimeoutMs ?? 10_000} ms${blocked === undefined ? '' : ` (${blocked})`}`);
    this.giveUp();
  }

  private land(flight: Flight, outcome: PublishOutcome): void {
    if (!this.#flights.delete(flight)) return;
    this.#bytes -= flight.bytes;
    flight.settle(outcome);
  }

  private giveUp(): void {
    for (const flight of [...this.#flights]) this.land(flight, 'unknown');
  }

  private forsake(): void {
    this.giveUp();
    this.#returned = new Map();
  }
}
