import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { RequestContract } from '@heddle/contracts';
import { describeError, errorToWire, HeddleError, Internal, Invalid, type Logger, NotFound, runInContext, sleep, Unavailable } from '@heddle/platform';
import type { BrokerConnection } from '../broker/broker-connection.ts';
import { ManagedChannel, plainChannel } from '../broker/managed-channel.ts';
import { REQUESTS_EXCHANGE, requestQueueOf } from '../topology/topology.ts';
import { contextOf, endSpan, startSpan } from '../trace/traceparent.ts';
import type { RequestContext } from './request-context.ts';
import { type AskHeaders, OUTCOME_HEADER, readAskHeaders } from './request-wire.ts';

const MOST_IN_HAND = 500;
const DRAIN_MS = 10_000;
/** The queue goes with its last consumer; after a crash of the broker in between, after this long. */
const UNUSED_QUEUE_MS = 60_000;

/** A method that answers, with its contract. */
export interface RequestHandler {
  contract: RequestContract;
  handle: (request: unknown, context: RequestContext) => Promise<unknown>;
}

/** Answers the questions of one service. Questions are taken without acknowledgement: the asker knows best whether to ask again. */
export class RequestServer {
  readonly #incoming: ManagedChannel<Channel>;
  readonly #outgoing: ManagedChannel<Channel>;
  readonly #stop = new AbortController();
  #consumerTag: string | undefined;
  #inHand = 0;

  constructor(
    private readonly service: string,
    private readonly handlers: ReadonlyMap<string, RequestHandler>,
    consume: BrokerConnection,
    publish: BrokerConnection,
    private readonly logger: Logger,
  ) {
    this.#incoming = new ManagedChannel({ name: requestQueueOf(service), connection: consume, logger, create: plainChannel, setup: (channel) => this.consume(channel) });
    this.#outgoing = new ManagedChannel({ name: 'replies', connection: publish, logger, create: plainChannel });
  }

  start(): void {
    this.#outgoing.start();
    this.#incoming.start();
  }

  async untilOpen(timeoutMs: number): Promise<boolean> {
    return (await Promise.all([this.#incoming.untilOpen(timeoutMs), this.#outgoing.untilOpen(timeoutMs)])).every(Boolean);
  }

  /** Takes no more questions, answers those in hand, and closes. */
  async stop(): Promise<void> {
    const channel = this.#incoming.current;
    if (channel && this.#consumerTag !== undefined) {
      await channel.cancel(this.#consumerTag).catch((error: unknown) => this.logger.debug('cancelling a consumer failed', { queue: requestQueueOf(this.service), error: describeError(error) }));
    }
    const until = performance.now() + DRAIN_MS;
    while (this.#inHand > 0 && performance.now() < until) await sleep(5);
    this.#stop.abort();
    await this.#incoming.close();
    await this.#outgoing.close();
  }

  private async consume(channel: Channel): Promise<void> {
    const queue = requestQueueOf(this.service);
    await channel.assertQueue(queue, { durable: true, autoDelete: true, expires: UNUSED_QUEUE_MS });
    const { consumerTag } = await channel.consume(queue, (message) => this.delivered(channel, message), { noAck: true });
    this.#consumerTag = consumerTag;
    // Bound last: a question is routed here only when somebody takes it.
    await channel.bindQueue(queue, REQUESTS_EXCHANGE, queue);
  }

  private delivered(channel: Channel, message: ConsumeMessage | null): void {
    if (message) return void this.answer(message);
    // The broker cancelled the consumer: the queue was deleted or moved. A new channel declares and consumes it again.
    this.logger.warn('the broker cancelled a consumer', { queue: requestQueueOf(this.service) });
    return void channel.close().catch((error: unknown) => this.logger.debug('closing a channel failed', { queue: requestQueueOf(this.service), error: describeError(error) }));
  }

  private async answer(message: ConsumeMessage): Promise<void> {
    this.#inHand += 1;
    try {
      const reply = await this.reply(message);
      this.send(message, 'ok', reply);
    } catch (error) {
      this.send(message, 'error', Buffer.from(JSON.stringify(errorToWire(error))));
    } finally {
      this.#inHand -= 1;
    }
  }

  private send(message: ConsumeMessage, outcome: 'ok' | 'error', body: Buffer): void {
    const { replyTo, correlationId } = message.properties as { replyTo?: string; correlationId?: string };
    if (replyTo === undefined) return;
    const channel = this.#outgoing.current;
    if (!channel) return this.logger.warn('a reply could not be sent', { method: message.properties.type as unknown, error: 'the connection to the broker is lost' });
    try {
      channel.publish('', replyTo, body, { persistent: false, correlationId, contentType: 'application/json', headers: { [OUTCOME_HEADER]: outcome } });
    } catch (error) {
      this.logger.warn('a reply could not be sent', { method: message.properties.type as unknown, error: describeError(error) });
    }
  }

  private async reply(message: ConsumeMessage): Promise<Buffer> {
    const method = String(message.properties.type);
    const handler = this.handlers.get(method);
    if (!handler) throw new NotFound({ code: 'BUS-023', message: `The service '${this.service}' does not know '${method}'.`, remedy: 'Bring asker and service to the same release.' });
    if (this.#inHand > MOST_IN_HAND) throw new Unavailable({ code: 'BUS-024', message: `The service '${this.service}' has too many requests in hand.`, remedy: 'Try again.', retryAfterSeconds: 1 });
    const headers = readAskHeaders((message.properties.headers ?? {}) as Record<string, unknown>, String(message.properties.correlationId));
    const parent = contextOf(headers.traceparent, ROOT_CONTEXT);
    const span = startSpan(`answer ${method}`, SpanKind.SERVER, { 'messaging.destination.name': requestQueueOf(this.service) }, parent);
    return context.with(trace.setSpan(parent, span), () => runInContext(
      { correlationId: headers.correlation, ...(headers.actor && { actor: headers.actor }) },
      async () => {
        try {
          const reply = await this.run(handler, message.content, headers);
          endSpan(span);
          return reply;
        } catch (error) {
          endSpan(span, error);
          this.tell(method, error);
          throw error;
        }
      },
    ));
  }

  private async run({ contract, handle }: RequestHandler, body: Buffer, headers: AskHeaders): Promise<Buffer> {
    const request = contract.request.safeParse(parse(body));
    if (!request.success) {
      throw new Invalid({
        code: 'VAL-001', message: 'The request does not fit its schema.', remedy: 'Correct the named fields.',
        errors: request.error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message })),
      });
    }
    const signal = AbortSignal.any([AbortSignal.timeout(headers.deadlineMs), this.#stop.signal]);
    const answer = await handle(request.data, { correlationId: headers.correlation, actor: headers.actor, deadline: new Date(Date.now() + headers.deadlineMs), signal });
    const response = contract.response.safeParse(answer);
    if (!response.success) {
      throw new Internal({ code: 'BUS-025', message: `The answer to '${contract.method}' does not fit its contract.`, remedy: 'Report it.', cause: response.error });
    }
    return Buffer.from(JSON.stringify(response.data));
  }

  private tell(method: string, error: unknown): void {
    const level = error instanceof HeddleError ? error.logLevel : 'error';
    this.logger[level]('a request was refused', { method, error: error instanceof HeddleError && level !== 'error' ? describeError(error) : error });
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new Invalid({ code: 'VAL-001', message: 'The request is not JSON.', remedy: 'Send JSON.', cause });
  }
}
