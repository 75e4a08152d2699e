import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import { describeError, type Logger } from '@heddle/platform';
import type { BrokerConnection } from './broker-connection.ts';
import { closeQuietly } from './close-quietly.ts';
import { within } from './within.ts';

const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 5_000;
const SETUP_TIMEOUT_MS = 20_000;
const CLOSE_TIMEOUT_MS = 5_000;

export interface ManagedChannelOptions<Kind extends Channel> {
  /** For logs. */
  name: string;
  connection: BrokerConnection;
  logger: Logger;
  create: (connection: ChannelModel) => Promise<Kind>;
  /** Prepares each new channel (prefetch, consumers); when it throws, the channel is closed and opened again later. */
  setup?: (channel: Kind, incarnation: number) => Promise<void>;
  /** Told when a channel that was ready is gone. */
  onLost?: (incarnation: number) => void;
  /** Told when a channel is ready. */
  onReady?: (channel: Kind, incarnation: number) => void;
}

export const plainChannel = (connection: ChannelModel): Promise<Channel> => connection.createChannel();
export const confirmChannel = (connection: ChannelModel): Promise<ConfirmChannel> => connection.createConfirmChannel();

/**
 * A channel that reopens itself: after a lost connection and after the broker closed it on a living one. Each opening is
 * an incarnation of its own, with its own delivery tags: what was delivered on one is never settled on another.
 */
export class ManagedChannel<Kind extends Channel = Channel> {
  #current: Kind | undefined;
  #opening: Kind | undefined;
  #incarnation = 0;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<() => void>();
  #stopListening: (() => void) | undefined;

  constructor(private readonly options: ManagedChannelOptions<Kind>) {}

  start(): void {
    if (this.#stopListening) return;
    this.#stopListening = this.options.connection.onUp((connection) => this.open(connection));
  }

  /** The channel, while it is open and set up. */
  get current(): Kind | undefined {
    return this.#current;
  }

  /** True once it is open and set up; false when that takes longer. */
  async untilOpen(timeoutMs: number): Promise<boolean> {
    if (this.#current) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const opened = () => resolve(true);
    this.#waiting.add(opened);
    const timer = setTimeout(() => resolve(false), timeoutMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(opened);
    }
  }

  /** Closes it for good; {@link start} opens it again. */
  async close(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = undefined;
    clearTimeout(this.#timer);
    const channel = this.#current ?? this.#opening;
    this.#current = undefined;
    this.#opening = undefined;
    try {
      // A connection that is half open may never answer.
      if (channel) await within(CLOSE_TIMEOUT_MS, `closing ${this.options.name}`, channel.close());
    } catch (error) {
      this.options.logger.debug('closing a channel failed', { channel: this.options.name, error: describeError(error) });
    }
  }

  private open(connection: ChannelModel): void {
    clearTimeout(this.#timer);
    const incarnation = ++this.#incarnation;
    this.opened(connection, incarnation).catch((error: unknown) => {
      if (incarnation !== this.#incarnation) return;
      this.options.logger.warn('opening a channel failed', { channel: this.options.name, error: describeError(error) });
      this.openLater(connection);
    });
  }

  private async opened(connection: ChannelModel, incarnation: number): Promise<void> {
    const channel = await this.options.create(connection);
    // Listeners first: an 'error' without one ends the process.
    channel.on('error', (error: unknown) => this.options.logger.warn('the broker closed a channel', { channel: this.options.name, error: describeError(error) }));
    channel.on('close', () => this.lost(channel, connection, incarnation));
    if (incarnation !== this.#incarnation || !this.#stopListening) return void closeQuietly(channel); // superseded
    this.#opening = channel;
    try {
      await within(SETUP_TIMEOUT_MS, `setting up ${this.options.name}`, this.options.setup?.(channel, incarnation) ?? Promise.resolve());
    } catch (error) {
      if (this.#opening === channel) this.#opening = undefined;
      void closeQuietly(channel); // not awaited: a broker in trouble may never answer
      throw error;
    }
    if (this.#opening !== channel) return;
    this.#opening = undefined;
    this.#current = channel;
    this.#failures = 0;
    for (const opened of this.#waiting) opened();
    this.options.onReady?.(channel, incarnation);
  }

  private lost(channel: Kind, connection: ChannelModel, incarnation: number): void {
    if (this.#opening === channel) this.#opening = undefined;
    if (this.#current !== channel) return;
    this.#current = undefined;
    this.options.onLost?.(incarnation);
    this.openLater(connection);
  }

  private openLater(connection: ChannelModel): void {
    clearTimeout(this.#timer);
    const wait = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures++, LONGEST_BACKOFF_MS);
    this.#timer = setTimeout(() => {
      if (this.#stopListening && this.options.connection.current === connection) this.open(connection);
    }, wait);
  }
}
