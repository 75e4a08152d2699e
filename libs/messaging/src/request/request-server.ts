import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { RequestContract } from '@heddle/contracts';
import { describeError, errorToWire, HeddleError, Internal, Invalid, type Logger, NotFound, runInContext, sleep, Unavailable } from '@heddle/platform';
import { requestQueueOf } from '../topology/topology.ts';
import { contextOf, endSpan, startSpan } from '../trace/traceparent.ts';
import type { Answer, Answerer, TakenQuestion, Transport } from '../transport/transport.ts';
import type { RequestContext } from './request-context.ts';
import { type AskHeaders, readAskHeaders } from './request-wire.ts';

const MOST_IN_HAND = 500;
const DRAIN_MS = 10_000;

/** A method that answers, with its contract. */
export interface RequestHandler {
  contract: RequestContract;
  handle: (request: unknown, context: RequestContext) => Promise<unknown>;
}

/** Answers the questions of one service. Questions are taken without acknowledgement: the asker knows best whether to ask again. */
export class RequestServer {
  readonly #answerer: Answerer;
  readonly #stop = new AbortController();
  #inHand = 0;

  constructor(private readonly service: string, private readonly handlers: ReadonlyMap<string, RequestHandler>, transport: Transport, private readonly logger: Logger) {
    this.#answerer = transport.answerer(service, (question) => this.answer(question));
  }

  start(): void {
    this.#answerer.start();
  }

  untilOpen(timeoutMs: number): Promise<boolean> {
    return this.#answerer.untilOpen(timeoutMs);
  }

  /** Takes no more questions, answers those in hand, and closes. */
  async stop(): Promise<void> {
    await this.#answerer.cancel();
    const until = performance.now() + DRAIN_MS;
    while (this.#inHand > 0 && performance.now() < until) await sleep(5);
    this.#stop.abort();
    await this.#answerer.close();
  }

  private async answer(question: TakenQuestion): ReturnType<Answer> {
    this.#inHand += 1;
    try {
      return { outcome: 'ok', body: await this.reply(question) };
    } catch (error) {
      return { outcome: 'error', body: Buffer.from(JSON.stringify(errorToWire(error))) };
    } finally {
      this.#inHand -= 1;
    }
  }

  private async reply({ method, body, headers: sent, correlationId }: TakenQuestion): Promise<Buffer> {
    const handler = this.handlers.get(method);
    if (!handler) throw new NotFound({ code: 'BUS-023', message: `The service '${this.service}' does not know '${method}'.`, remedy: 'Bring asker and service to the same release.' });
    if (this.#inHand > MOST_IN_HAND) throw new Unavailable({ code: 'BUS-024', message: `The service '${this.service}' has too many requests in hand.`, remedy: 'Try again.', retryAfterSeconds: 1 });
    const headers = readAskHeaders(sent, correlationId);
    const parent = contextOf(headers.traceparent, ROOT_CONTEXT);
    const span = startSpan(`answer ${method}`, SpanKind.SERVER, { 'messaging.destination.name': requestQueueOf(this.service) }, parent);
    return context.with(trace.setSpan(parent, span), () => runInContext(
      { correlationId: headers.correlation, ...(headers.actor && { actor: headers.actor }) },
      async () => {
        const startedAt = performance.now();
        try {
          const reply = await this.run(handler, body, headers);
          endSpan(span);
          return reply;
        } catch (error) {
          endSpan(span, error);
          this.tell(method, error);
          throw error;
        } finally {
          this.logger.slow('an answer took long', performance.now() - startedAt, { method });
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
