import { Inject, Injectable } from '@nestjs/common';
import { type MessageHandler, Server } from '@nestjs/microservices';
import { Logger } from '@heddle/platform';
import { lastValueFrom } from 'rxjs';
import { OutboxRelay } from '../outbox/outbox-relay.ts';
import { BusClient } from '../request/bus-client.ts';
import { type RequestHandler, RequestServer } from '../request/request-server.ts';
import { expiredQueueOf, subscriptionsOf } from '../topology/topology.ts';
import { Transport } from '../transport/transport.ts';
import { BUS_TRANSPORT, type HandlerExtras } from './bus-pattern.ts';
import { consumerOf } from './consumer-of.ts';
import { Consumption } from './consumption.ts';
import { MESSAGING_OPTIONS, type MessagingOptions } from './messaging-options.ts';

/** Nest's server of the bus: gives each handler of the application its queue, and starts and stops what moves messages. */
@Injectable()
export class BusServer extends Server {
  override readonly propagatesEventHandlerErrors: boolean = true;
  #requests: RequestServer | undefined;

  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(Transport) private readonly transport: Transport,
    @Inject(Consumption) private readonly consumption: Consumption,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(BusClient) private readonly client: BusClient,
    @Inject(Logger) private readonly log: Logger,
  ) {
    super();
    this.setTransportId(BUS_TRANSPORT);
  }

  /** @throws on a second handler of a pattern: Nest would chain the two into one acknowledgement */
  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler = false, extras: Record<string, unknown> = {}): void {
    const name = String(pattern);
    if (this.messageHandlers.has(name)) throw new Error(`'${this.options.service}' has two handlers for '${name}'; a queue has one`);
    super.addHandler(name, callback, isEventHandler, extras);
  }

  override listen(callback: (error?: unknown) => void): void {
    try {
      this.transport.start();
      if (this.options.relay !== false) this.relay.start();
      void this.client.connect();
      this.consumption.start(this.consumers(), expiredQueueOf(this.options.service));
      this.#requests = this.requestServer();
      this.#requests?.start();
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** True once everything is connected and consumed; false when that takes longer, then it goes on in the background. */
  async untilReady(timeoutMs: number): Promise<boolean> {
    const ready = await Promise.all([
      this.transport.untilUp(timeoutMs), this.client.untilOpen(timeoutMs), this.consumption.untilOpen(timeoutMs), this.#requests?.untilOpen(timeoutMs) ?? true,
    ]);
    return ready.every(Boolean);
  }

  /** Takes nothing new, finishes what is in hand, publishes what is on its way, and closes the connections. */
  override async close(): Promise<void> {
    await Promise.all([this.#requests?.stop(), this.consumption.stop()]);
    await this.relay.stop();
    await this.client.close();
    await this.transport.close();
  }

  override on(): never {
    throw new Error('The bus has no listeners of events of its own; look at its metrics and its health check');
  }

  override unwrap<T>(): T {
    return this.transport as T;
  }

  private consumers() {
    const subscriptions = subscriptionsOf(this.transport.topology, this.options.service);
    const consumers = [...this.messageHandlers].flatMap(([pattern, handler]) => {
      const extras = handler.extras as HandlerExtras | undefined;
      return extras?.heddle === 'messages' ? [consumerOf(this.options.service, pattern, extras, (payload, context) => this.call(handler, payload, context), subscriptions)] : [];
    });
    for (const { name } of subscriptions) {
      if (!consumers.some(({ queue }) => queue === name)) this.log.warn('a queue has no handler; its messages wait', { queue: name });
    }
    return consumers;
  }

  private requestServer(): RequestServer | undefined {
    const handlers = new Map<string, RequestHandler>();
    for (const [pattern, handler] of this.messageHandlers) {
      const extras = handler.extras as HandlerExtras | undefined;
      if (extras?.heddle !== 'request') continue;
      const { contract } = extras;
      if (contract.service !== this.options.service) throw new Error(`'${this.options.service}' answers '${pattern}', which belongs to '${contract.service}'`);
      handlers.set(pattern, { contract, handle: (request, context) => this.call(handler, request, context) });
    }
    return handlers.size === 0 ? undefined : new RequestServer(this.options.service, handlers, this.transport, this.log);
  }

  /** Runs a handler with all that Nest puts around it; what an interceptor emits last is the result. */
  private async call(handler: MessageHandler, payload: unknown, context: unknown): Promise<unknown> {
    return lastValueFrom(this.transformToObservable(await handler(payload, context)), { defaultValue: undefined });
  }
}
