import { Inject, Injectable } from '@nestjs/common';
import { Metrics } from '@heddle/platform';
import type { BreakerState } from '../broker/breaker-machine.ts';
import type { PublishOutcome } from '../broker/confirm-publisher.ts';

/** What became of a delivery. */
export type HandledOutcome = (typeof OUTCOMES)[number];

const OUTCOMES = ['done', 'duplicate', 'parked', 'dead', 'interrupted'] as const;

/** The bus's metrics of one process. */
@Injectable()
export class BusMetrics {
  readonly #published;
  readonly #confirmSeconds;
  readonly #handled;
  readonly #expired;
  readonly #handleSeconds;
  readonly #asked;
  readonly #breaker;
  /** Rows in the outbox, sent and held ones included. */
  readonly outboxRows;
  /** Age of the oldest row in the outbox, seconds. */
  readonly outboxAge;
  readonly outboxHeld;
  readonly parked;
  /** When the message that was delivered last had been published, by queue, milliseconds. */
  readonly lastDelivered = new Map<string, number>();
  /** Rows of the outbox that are in memory. */
  readonly outboxInMemory;

  constructor(@Inject(Metrics) metrics: Metrics) {
    this.#published = metrics.counter('heddle_bus_published_total', 'Messages published, by what became of them', ['type', 'outcome']);
    this.#confirmSeconds = metrics.histogram('heddle_bus_confirm_seconds', 'From publishing to the answer of the broker', [], [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10]);
    this.#handled = metrics.counter('heddle_bus_handled_total', 'Deliveries handled, by what became of them', ['queue', 'outcome']);
    this.#expired = metrics.counter('heddle_bus_expired_total', 'Messages that expired before they were taken', ['queue']);
    this.#handleSeconds = metrics.histogram('heddle_bus_handle_seconds', 'From delivery to settlement of a message or batch', ['queue']);
    this.#asked = metrics.histogram('heddle_bus_ask_seconds', 'From a question to its answer', ['asked', 'method', 'outcome']);
    this.#breaker = metrics.gauge('heddle_bus_breaker', 'Breaker before the broker: 0 closed, 1 half-open, 2 open');
    this.#breaker.set(0);
    this.outboxInMemory = metrics.gauge('heddle_outbox_in_memory', 'Messages waiting to be published that are in memory');
    this.outboxRows = metrics.gauge('heddle_outbox_rows', 'Messages waiting to be published');
    this.outboxAge = metrics.gauge('heddle_outbox_oldest_seconds', 'Age of the oldest message waiting to be published');
    this.outboxHeld = metrics.gauge('heddle_outbox_held', 'Messages that no queue took');
    this.parked = metrics.gauge('heddle_bus_parked', 'Messages that could not be taken', ['state']);
  }

  /** Begins the counts of a consumer at 0: of a series that begins with what is counted first Prometheus sees no increase. */
  begin(queue: string): void {
    for (const outcome of OUTCOMES) this.#handled.inc({ queue, outcome }, 0);
    this.#expired.inc({ queue }, 0);
  }

  published(type: string, outcome: PublishOutcome, milliseconds: number): void {
    this.#published.inc({ type, outcome });
    if (outcome === 'confirmed') this.#confirmSeconds.observe(milliseconds / 1_000);
  }

  breaker(state: BreakerState): void {
    this.#breaker.set({ closed: 0, 'half-open': 1, open: 2 }[state]);
  }

  /** @param publishedAt when the message was published, seconds (AMQP's timestamp) */
  delivered(queue: string, publishedAt: unknown): void {
    if (typeof publishedAt === 'number') this.lastDelivered.set(queue, publishedAt * 1_000);
  }

  handled(queue: string, outcome: HandledOutcome, count = 1): void {
    this.#handled.inc({ queue, outcome }, count);
  }

  expired(queue: string): void {
    this.#expired.inc({ queue });
  }

  took(queue: string, milliseconds: number): void {
    this.#handleSeconds.observe({ queue }, milliseconds / 1_000);
  }

  asked(service: string, method: string, outcome: string, milliseconds: number): void {
    this.#asked.observe({ asked: service, method, outcome }, milliseconds / 1_000);
  }
}
