import { once } from 'node:events';
import type { Socket } from 'node:net';
import { AmqpConnectionManagerClass } from 'amqp-connection-manager';
import type { ChannelModel } from 'amqplib';
import { describeError, type Logger } from '@heddle/platform';
import { type BrokerUrl, describeBroker } from './broker-address.ts';
import { gatherWrites } from './gather-writes.ts';
import { within } from './within.ts';

const RECONNECT_SECONDS = 0.5;
const HEARTBEAT_SECONDS = 5;
const CLOSE_TIMEOUT_MS = 3_000;
const PREPARE_TIMEOUT_MS = 30_000;

export interface BrokerConnectionOptions {
  /** For logs and the broker's list of connections, e.g. `fabric publish`. */
  name: string;
  urls: readonly string[];
  logger: Logger;
  /** Runs on each new connection before anybody is told of it; when it fails, the connection is dropped and made again. */
  prepare?: (connection: ChannelModel, url: BrokerUrl) => Promise<void>;
}

/**
 * One connection to the broker that comes back by itself, on the next of several nodes. amqp-connection-manager connects
 * and reconnects; channels are made on the raw connection (see ManagedChannel). Whether it is up is told, never assumed.
 */
export class BrokerConnection {
  readonly #manager: AmqpConnectionManagerClass;
  readonly #upListeners = new Set<(connection: ChannelModel) => void>();
  readonly #downListeners = new Set<() => void>();
  readonly #blockListeners = new Set<() => void>();
  #current: ChannelModel | undefined;
  #latest: ChannelModel | undefined;
  #blocked: string | undefined;
  #lastError: string | undefined;
  #closed = false;

  constructor(private readonly options: BrokerConnectionOptions) {
    this.#manager = new AmqpConnectionManagerClass([...options.urls], {
      heartbeatIntervalInSeconds: HEARTBEAT_SECONDS,
      reconnectTimeInSeconds: RECONNECT_SECONDS,
      // Without noDelay a request and its reply take 44 ms instead of 0.5.
      connectionOptions: { noDelay: true, timeout: 5_000, clientProperties: { connection_name: options.name } },
    });
    this.#manager.on('connect', ({ connection, url }) => this.connected(connection as unknown as ChannelModel, url));
    this.#manager.on('connectFailed', ({ err, url }) => this.connectFailed(err, url));
    this.#manager.on('disconnect', ({ err }) => this.disconnected(err));
    this.#manager.on('blocked', ({ reason }) => this.block(reason));
    this.#manager.on('unblocked', () => this.block(undefined));
  }

  /** Begins to connect, and goes on in the background until {@link close}. */
  start(): void {
    this.#manager.connect().catch((error: unknown) => this.options.logger.debug('first connection to the broker failed', { connection: this.options.name, error: describeError(error) }));
  }

  /** The prepared connection, while it is up. */
  get current(): ChannelModel | undefined {
    return this.#current;
  }

  /** Why the broker takes nothing at the moment (memory or disk alarm); absent when it does. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** What is wrong, for health checks; absent when all is well. */
  get fault(): string | undefined {
    if (!this.#current) return this.#lastError ?? 'not connected yet';
    return this.#blocked === undefined ? undefined : `blocked by the broker: ${this.#blocked}`;
  }

  /** Calls back for each connection that comes up, and at once when one is. @returns takes the listener away */
  onUp(listener: (connection: ChannelModel) => void): () => void {
    this.#upListeners.add(listener);
    if (this.#current) listener(this.#current);
    return () => this.#upListeners.delete(listener);
  }

  /** Calls back when the connection is lost. */
  onDown(listener: () => void): () => void {
    this.#downListeners.add(listener);
    return () => this.#downListeners.delete(listener);
  }

  /** Calls back when the broker blocks the connection or lets it go on; see {@link blocked}. */
  onBlocked(listener: () => void): () => void {
    this.#blockListeners.add(listener);
    return () => this.#blockListeners.delete(listener);
  }

  /** True once it is up; false when that takes longer than `timeoutMs`. */
  async untilUp(timeoutMs: number): Promise<boolean> {
    if (this.#current) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const stop = this.onUp(() => resolve(true));
    const timer = setTimeout(() => resolve(false), timeoutMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      stop();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const latest = this.#latest;
    // A broker that doesn't answer must not hold up the end of the process.
    const late = setTimeout(() => destroySocket(latest), CLOSE_TIMEOUT_MS);
    try {
      await this.#manager.close();
    } catch (error) {
      this.options.logger.debug('closing the connection to the broker failed', { connection: this.options.name, error: describeError(error) });
    } finally {
      clearTimeout(late);
      this.#current = undefined;
    }
  }

  private connected(connection: ChannelModel, url: BrokerUrl): void {
    connection.on('error', (error: unknown) => { this.#lastError = describeError(error); });
    const socket = socketOf(connection);
    if (socket) gatherWrites(socket);
    this.#latest = connection;
    this.#blocked = undefined;
    if (this.#closed) return;
    this.prepared(connection, url).catch((error: unknown) => {
      if (this.#latest !== connection || this.#closed) return;
      this.#lastError = describeError(error);
      this.options.logger.warn('preparing the connection to the broker failed', { connection: this.options.name, error: this.#lastError });
      // Not close(): a broker in trouble may never answer it, and the manager reconnects on the socket's end.
      const again = setTimeout(() => destroySocket(connection), RECONNECT_SECONDS * 1_000);
      again.unref();
    });
  }

  private async prepared(connection: ChannelModel, url: BrokerUrl): Promise<void> {
    const lost = once(connection, 'close').then(() => { throw new Error('the connection was lost'); });
    await Promise.race([within(PREPARE_TIMEOUT_MS, 'declaring the topology', this.options.prepare?.(connection, url) ?? Promise.resolve()), lost]);
    lost.catch(() => undefined); // from here on `disconnected` tells
    if (this.#latest !== connection || this.#closed) return;
    this.#current = connection;
    this.#lastError = undefined;
    this.options.logger.info('connected to the broker', { connection: this.options.name });
    for (const listener of [...this.#upListeners]) listener(connection);
  }

  private disconnected(error: Error | undefined): void {
    const wasUp = this.#current !== undefined;
    this.#current = undefined;
    this.#latest = undefined;
    this.#lastError = error ? describeError(error) : 'the connection was closed';
    if (!wasUp || this.#closed) return;
    this.options.logger.warn('lost the connection to the broker', { connection: this.options.name, error: this.#lastError });
    for (const listener of [...this.#downListeners]) listener();
  }

  private connectFailed(error: Error, url: unknown): void {
    const text = describeError(error);
    // Once for each cause, not twice a second.
    if (text !== this.#lastError) this.options.logger.warn('the broker is out of reach', { connection: this.options.name, broker: describeBroker(url), error: text });
    this.#lastError = text;
  }

  private block(reason: string | undefined): void {
    this.#blocked = reason;
    this.options.logger.warn(reason === undefined ? 'the broker takes messages again' : 'the broker takes no messages', { connection: this.options.name, reason });
    for (const listener of [...this.#blockListeners]) listener();
  }
}

function destroySocket(connection: ChannelModel | undefined): void {
  socketOf(connection)?.destroy(new Error('given up'));
}

/** amqplib keeps it to itself. */
function socketOf(connection: ChannelModel | undefined): Socket | undefined {
  return (connection?.connection as { stream?: Socket } | undefined)?.stream;
}
