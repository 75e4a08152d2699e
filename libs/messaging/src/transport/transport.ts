import type { Delivery } from '../consume/delivery.ts';
import type { Publication, PublishOutcome } from '../broker/confirm-publisher.ts';
import type { TopologyDifference } from '../topology/topology-difference.ts';

/**
 * What the bus needs of a message broker, and all that outbox and consumers know of it. Its topology is given when it is
 * made; it is declared on each connection before anything is published or consumed there. Connections come back by
 * themselves. The class is also what the implementation is injected by.
 */
export abstract class Transport {
  /** Begins to connect, and goes on in the background until {@link close}. */
  abstract start(): void;

  /** True once it is connected and the topology is declared; false when that takes longer than `timeoutMs`. */
  abstract untilUp(timeoutMs: number): Promise<boolean>;

  /** What is wrong, for health checks, a broker that takes no messages included; absent when all is well. */
  abstract get fault(): string | undefined;

  /** In what the broker differs from the topology; what exists with other settings is used as it is. */
  abstract get differences(): readonly TopologyDifference[];

  /** A publisher of its own window. */
  abstract publisher(options?: PublisherOptions): Publisher;

  /** A consumer of a queue, on a channel of its own; it takes nothing before {@link QueueConsumer.start}. */
  abstract consumer(options: QueueConsumerOptions): QueueConsumer;

  /** What a queue holds; absent when there is none. @throws when the broker is out of reach */
  abstract counts(queue: string): Promise<QueueCounts | undefined>;

  /** Closes the connections. What was published and not confirmed is `unknown`, what was delivered and not settled comes again. */
  abstract close(): Promise<void>;
}

export interface PublisherOptions {
  /** Most messages on their way at once; default 256. */
  window?: number;
}

/**
 * Publishes persistent messages that must reach a queue, and tells what became of each. Nothing is buffered: whoever
 * publishes asks for {@link free} first, so that a broker that is away or in need holds up its publishers.
 */
export interface Publisher {
  /** @param onFree told whenever something may be published that perhaps could not be before */
  start(onFree: () => void): void;
  /** How many messages may be published now; 0 while the broker is away or takes none. */
  readonly free: number;
  /** Messages on their way. */
  readonly inFlight: number;
  /** Answers when the broker does; never throws. Without a connection the outcome is `unknown` at once. */
  publish(publication: Publication): Promise<PublishOutcome>;
  close(): Promise<void>;
}

export interface QueueConsumerOptions {
  queue: string;
  /** Most messages in hand at once. */
  prefetch: number;
  onDelivery: (delivery: Delivery) => void;
  /** Told when the channel is gone: what came on it and is not settled comes again, on the next one. */
  onLost?: () => void;
}

/** Consumes one queue for as long as it is wanted: through lost connections, closed channels and deleted queues, which it declares anew. */
export interface QueueConsumer {
  /** Begins, or goes on after {@link close}. */
  start(): void;
  /** True once it consumes; false when that takes longer than `timeoutMs`. */
  untilOpen(timeoutMs: number): Promise<boolean>;
  /** Takes no more; what is in hand can still be settled. */
  cancel(): Promise<void>;
  /** Closes the channel: what is not settled goes back to the queue. */
  close(): Promise<void>;
}

export interface QueueCounts {
  /** Messages that wait, without those in hand of consumers. */
  messages: number;
  consumers: number;
}
