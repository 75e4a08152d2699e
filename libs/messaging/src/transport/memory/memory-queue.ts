import type { BrokerMessage } from './broker-message.ts';
import type { MemoryConsumer } from './memory-consumer.ts';
import { type QueuedMessage, WaitingMessages } from './waiting-messages.ts';

/** A queue's settings: two declarations of a name must agree in them. */
export interface QueueSettings {
  /** Messages of a higher priority leave first; default false. */
  priorities?: boolean;
  /** One consumer gets everything, and the next one when it is gone; default false: consumers share. */
  singleActiveConsumer?: boolean;
  /** How long any message may wait, milliseconds; default for ever. */
  ttlMs?: number;
  /** Where expired messages go; default nowhere. */
  deadLetter?: { exchange: string; routingKey?: string };
}

/** A durable queue: what waits in it, who consumes it, and who gets the next message. */
export class MemoryQueue {
  readonly #waiting: WaitingMessages;
  #consumers: MemoryConsumer[] = [];
  #positions = 0;

  constructor(readonly name: string, readonly settings: QueueSettings) {
    this.#waiting = new WaitingMessages(settings.priorities ?? false);
  }

  /** Messages that wait; those in hand of consumers are not counted. */
  get size(): number {
    return this.#waiting.size;
  }

  get consumers(): readonly MemoryConsumer[] {
    return this.#consumers;
  }

  get nextExpiry(): number {
    return this.#waiting.nextExpiry;
  }

  add(message: BrokerMessage, now: number): void {
    const ttlMs = Math.min(message.ttlMs ?? Infinity, this.settings.ttlMs ?? Infinity);
    this.#waiting.add({ message, position: this.#positions++, redelivered: false, expiresAt: now + ttlMs });
  }

  /** Takes back what a consumer had in hand when it went. */
  giveBack(messages: Iterable<QueuedMessage>): void {
    for (const queued of messages) this.#waiting.putBack({ ...queued, redelivered: true });
  }

  takeExpired(now: number): BrokerMessage[] {
    return this.#waiting.takeExpired(now).map(({ message }) => message);
  }

  addConsumer(consumer: MemoryConsumer): void {
    this.#consumers.push(consumer);
  }

  removeConsumer(consumer: MemoryConsumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer);
  }

  /** Hands out what waits, in turn to the consumers that have room. */
  deliver(): void {
    while (this.size > 0) {
      const consumer = this.nextConsumer();
      if (!consumer) return;
      consumer.deliver(this.#waiting.take()!);
    }
  }

  private nextConsumer(): MemoryConsumer | undefined {
    if (this.settings.singleActiveConsumer) return this.#consumers[0]?.hasRoom ? this.#consumers[0] : undefined;
    const consumer = this.#consumers.find(({ hasRoom }) => hasRoom);
    if (consumer) this.#consumers = [...this.#consumers.filter((other) => other !== consumer), consumer];
    return consumer;
  }
}
