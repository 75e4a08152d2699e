import { Inject, Injectable } from '@nestjs/common';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { context, SpanKind, trace } from '@opentelemetry/api';
import type { Actor, RequestContract } from '@heddle/contracts';
import { type Breaker, Breakers, currentContext, HeddleError, Ids, Internal } from '@heddle/platform';
import { from, type Observable } from 'rxjs';
import type { z } from 'zod';
import { BusMetrics } from '../nest/bus-metrics.ts';
import { endSpan, startSpan, traceparentOf } from '../trace/traceparent.ts';
import { type Asker, Transport } from '../transport/transport.ts';
import { NOT_REACHED_CODES } from './not-reached.ts';
import { LONGEST_DEADLINE_MS, writeAskHeaders } from './request-wire.ts';

const DEFAULT_DEADLINE_MS = 5_000;
const BREAKER_RESET_MS = 2_000;

export interface AskOptions {
  /** How long to wait, milliseconds; default the contract's, else 5,000. */
  deadlineMs?: number;
  /** Who asks; default that of the work in hand. */
  actor?: Actor;
  /** Default that of the work in hand. */
  correlationId?: string;
}

/**
 * Asks services, behind a circuit breaker each: what they answer or throw comes back; a service that is down is
 * `Unavailable` at once. Asking is for the gateway: within a handler of messages nothing is asked.
 */
@Injectable()
export class BusClient extends ClientProxy {
  readonly #asker: Asker;

  constructor(
    @Inject(Transport) transport: Transport,
    @Inject(Breakers) private readonly breakers: Breakers,
    @Inject(BusMetrics) private readonly metrics: BusMetrics,
    @Inject(Ids) private readonly ids: Ids,
  ) {
    super();
    this.#asker = transport.asker();
  }

  /** The answer, checked against the contract. @throws HeddleError what the service threw, or Unavailable naming the service */
  async ask<Contract extends RequestContract>(contract: Contract, payload: z.input<Contract['request']>, options: AskOptions = {}): Promise<z.output<Contract['response']>> {
    const answer = contract.response.safeParse(JSON.parse((await this.askRaw(contract, payload, options)).toString('utf8')));
    if (answer.success) return answer.data as z.output<Contract['response']>;
    throw new Internal({ code: 'BUS-025', message: `The answer of '${contract.service}' to '${contract.method}' does not fit its contract.`, remedy: 'Bring both to the same release.', cause: answer.error });
  }

  /** The answer's JSON bytes as the service sent them (it has checked them): to be passed through. */
  async askRaw<Contract extends RequestContract>(contract: Contract, payload: z.input<Contract['request']>, options: AskOptions = {}): Promise<Buffer> {
    const { method, service } = contract;
    const deadlineMs = Math.min(options.deadlineMs ?? contract.deadlineMs ?? DEFAULT_DEADLINE_MS, LONGEST_DEADLINE_MS);
    const span = startSpan(`ask ${method}`, SpanKind.CLIENT, { 'messaging.destination.name': `${service}.requests` }, context.active());
    const startedAt = performance.now();
    try {
      const work = currentContext();
      const headers = writeAskHeaders({
        correlation: options.correlationId ?? work?.correlationId ?? this.ids.uuid(), actor: options.actor ?? work?.actor,
        deadlineMs, traceparent: traceparentOf(trace.setSpan(context.active(), span)),
      });
      const body = Buffer.from(JSON.stringify(payload));
      const reply = await this.breakerOf(service).fire(() => this.#asker.ask({ service, method, body, headers, deadlineMs }));
      endSpan(span);
      this.metrics.asked(service, method, 'ok', performance.now() - startedAt);
      return reply;
    } catch (error) {
      endSpan(span, error);
      this.metrics.asked(service, method, error instanceof HeddleError ? error.kind : 'internal', performance.now() - startedAt);
      throw error;
    }
  }

  override async connect(): Promise<void> {
    this.#asker.start();
  }

  /** True once questions can be asked; false when that takes longer. */
  untilOpen(timeoutMs: number): Promise<boolean> {
    return this.#asker.untilOpen(timeoutMs);
  }

  override async close(): Promise<void> {
    await this.#asker.close();
  }

  override unwrap<T>(): T {
    return this.#asker as T;
  }

  /** Nest's way to ask: the pattern is the contract. */
  override send<TResult, TInput>(contract: RequestContract, payload: TInput): Observable<TResult> {
    return from(this.ask(contract, payload) as Promise<TResult>);
  }

  /** @throws always: what must arrive is written with the change that it tells of. */
  override emit(): never {
    throw new Error(`BusClient emits nothing: use the outbox (Outbox.add in the transaction of the change)`);
  }

  protected override publish(_packet: ReadPacket, _callback: (packet: WritePacket) => void): () => void {
    throw new Error('Ask with a contract: BusClient.ask(contract, payload)');
  }

  protected override dispatchEvent(): never {
    return this.emit();
  }

  private breakerOf(service: string): Breaker {
    return this.breakers.for(`service:${service}`, {
      subject: `service '${service}'`, timeoutMs: LONGEST_DEADLINE_MS, resetMs: BREAKER_RESET_MS,
      counts: (error) => error instanceof HeddleError && NOT_REACHED_CODES.includes(error.code),
    });
  }
}
