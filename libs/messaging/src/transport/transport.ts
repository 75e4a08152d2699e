import type { BreakerView } from '@heddle/contracts';
import type { Delivery } from '../consume/delivery.ts';
import type { Publication, PublishOutcome } from '../broker/confirm-publisher.ts';
import type { Topology } from '../topology/topology.ts';
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

  /** Its connections, by what they are for. */
  abstract get links(): readonly LinkState[];

  /** The broker that was met last; absent before the first connection. */
  abstract get broker(): { product: string; version: string; quorumQueues: boolean } | undefined;

  /** In what the broker differs from the topology; what exists with other settings is used as it is. */
  abstract get differences(): readonly TopologyDifference[];

  /** What is declared. */
  abstract get topology(): Topology;

  /** Declares again what somebody deleted meanwhile, and compares the rest; without a connection nothing. @throws when the broker is in trouble */
  abstract declareAgain(): Promise<void>;

  /** Whether the broker that was met last was given this queue: what is laid out depends on what it can do. */
  abstract hasQueue(name: string): boolean;

  /** A publisher of its own window. */
  abstract publisher(options?: PublisherOptions): Publisher;

  /** A consumer of a queue, on a channel of its own; it takes nothing before {@link QueueConsumer.start}. */
  abstract consumer(options: QueueConsumerOptions): QueueConsumer;

  /** What asks services. */
  abstract asker(): Asker;

  /** What takes the questions to a service; it takes none before {@link Answerer.start}. */
  abstract answerer(service: string, answer: Answer): Answerer;

  /** What a queue holds; absent when there is none. @throws when the broker is out of reach */
  abstract counts(queue: string): Promise<QueueCounts | undefined>;

  /** Closes the connections. What was published and not confirmed is `unknown`, what was delivered and not settled comes again. */
  abstract close(): Promise<void>;
}

export interface PublisherOptions {
  /** Most messages on their way at once; default 256. */
  window?: number;
  /** Most bytes on their way, though always one message; default 16 MiB. */
  windowBytes?: number;
  /** A confirm that has not come after this long opens the breaker, milliseconds; default 10,000. */
  confirmTimeoutMs?: number;
  /** How long the breaker stays open at first, milliseconds, doubled each time; default 5,000. */
  breakerOpenMs?: number;
  /** How long it stays open at most, milliseconds; default 60,000. */
  breakerLongestOpenMs?: number;
  /** Told of each change of the breaker. */
  onBreaker?: (view: BreakerView) => void;
}

/**
 * Publishes persistent messages that must reach a queue, and tells what became of each. Nothing is buffered: whoever
 * publishes asks for {@link free} first, so that a broker that is away or in need holds up its publishers.
 */
export abstract class Publisher {
  /** @param onFree told whenever something may be published that perhaps could not be before */
  abstract start(onFree: () => void): void;
  /** How many messages may be published now; 0 while the broker is away or takes none. */
  abstract get free(): number;
  /** Messages on their way. */
  abstract get inFlight(): number;
  /** The breaker before the broker, for health checks and metrics. */
  abstract get breaker(): BreakerView;
  /** Answers when the broker does, or when it is given up; never throws. Without a connection the outcome is `unknown` at once. */
  abstract publish(publication: Publication): Promise<PublishOutcome>;
  abstract close(): Promise<void>;
}

export interface QueueConsumerOptions {
  queue: string;
  /** Most messages in hand at once. */
  prefetch: number;
  /** Whether the broker that was met last has the queue; where it doesn't, nothing is consumed. Default: it has. */
  exists?: () => boolean;
  /** Among the consumers of a queue that has one active at a time, the highest is preferred where the broker knows how (RabbitMQ 4). */
  priority?: number;
  /** Whether what was delivered and not begun is to be left, to come again; on a lost channel it is in any case. */
  abandoned?: () => boolean;
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

/** A connection to the broker. */
export interface LinkState {
  name: 'publish' | 'consume';
  connected: boolean;
  /** Whether the broker takes no messages on it at the moment. */
  blocked: boolean;
  /** What is wrong; absent when all is well. */
  fault: string | undefined;
}

export interface QueueCounts {
  /** Messages that wait, without those in hand of consumers. */
  messages: number;
  consumers: number;
}

/** A question to a service. */
export interface Question {
  service: string;
  method: string;
  body: Buffer;
  headers: Record<string, unknown>;
  /** How long the asker waits, milliseconds. */
  deadlineMs: number;
}

/** Asks services. Questions and answers are the only traffic that is not stored: the asker knows best whether to ask again. */
export interface Asker {
  start(): void;
  /** True once questions can be asked; false when that takes longer. */
  untilOpen(timeoutMs: number): Promise<boolean>;
  /** The bytes of the answer. @throws Unavailable when the service is not reached in time, else what the service threw */
  ask(question: Question): Promise<Buffer>;
  close(): Promise<void>;
}

/** A question as it comes to a service. */
export interface TakenQuestion extends Pick<Question, 'method' | 'body' | 'headers'> {
  correlationId: string;
}

/** Answers a question: `error` with a WireError as body. Never throws. */
export type Answer = (question: TakenQuestion) => Promise<{ outcome: 'ok' | 'error'; body: Buffer }>;

/** Takes the questions to a service, for as long as it is wanted. Of several answerers of a service each question goes to one. */
export interface Answerer {
  start(): void;
  /** True once it takes questions; false when that takes longer. */
  untilOpen(timeoutMs: number): Promise<boolean>;
  /** Takes no more; what is in hand can still be answered. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}
