import type { MemoryQueue } from './memory-queue.ts';
import type { QueuedMessage } from './waiting-messages.ts';

/** What a consumer is told. */
export interface ConsumerListener {
  delivered(tag: number, message: QueuedMessage): void;
  /** The queue was deleted: nothing more comes. */
  cancelled(): void;
  /** The broker closed the channel, or its connection is gone. */
  closed(reason: string): void;
}

/** A consumer on a channel of its own: what was handed to it and is not settled, by delivery tag. */
export class MemoryConsumer {
  readonly #inHand = new Map<number, QueuedMessage>();
  #lastTag = 0;
  #takes = true;

  constructor(readonly queue: MemoryQueue, private readonly prefetch: number, private readonly listener: ConsumerListener) {
    queue.addConsumer(this);
  }

  get hasRoom(): boolean {
    return this.#takes && this.#inHand.size < this.prefetch;
  }

  deliver(queued: QueuedMessage): void {
    const tag = ++this.#lastTag;
    this.#inHand.set(tag, queued);
    this.listener.delivered(tag, queued);
  }

  /** @returns false when the tag is not in hand: a mistake, for which the broker closes the channel */
  settle(tag: number, upTo: boolean): boolean {
    if (!this.#inHand.has(tag)) return false;
    for (const other of upTo ? [...this.#inHand.keys()].filter((one) => one <= tag) : [tag]) this.#inHand.delete(other);
    return true;
  }

  /** Nothing more is delivered; what is in hand may still be settled. */
  cancel(): void {
    this.#takes = false;
    this.queue.removeConsumer(this);
  }

  /** The queue is gone, and with it what was in hand. */
  queueDeleted(): void {
    this.cancel();
    this.listener.cancelled();
  }

  /** The channel is gone: what is in hand goes back to the queue. */
  close(reason: string): void {
    this.cancel();
    const inHand = [...this.#inHand.values()];
    this.#inHand.clear();
    this.queue.giveBack(inHand);
    this.listener.closed(reason);
  }
}
