import type { BrokerMessage } from './broker-message.ts';
import type { MemoryBroker } from './memory-broker.ts';
import { type ConsumerListener, MemoryConsumer } from './memory-consumer.ts';

/** What the broker answers to a publication: it has it, in every queue that it belongs to, or no queue takes it. */
export type Answer = 'confirmed' | 'returned';

/** What a client is told of its connection. */
export interface ConnectionListener {
  lost(reason: string): void;
  /** @param reason absent when the broker takes messages again */
  blocked(reason: string | undefined): void;
}

type Sent =
  | { kind: 'publish'; message: BrokerMessage; answer: (answer: Answer) => void }
  | { kind: 'settle'; consumer: MemoryConsumer; tag: number; upTo: boolean };

/**
 * A client's connection. What it sends is read by the broker in its next step, and what the broker answers arrives in the
 * step after that: so a connection can be lost with a message unread, or stored and not confirmed, as on a network.
 */
export class MemoryConnection {
  readonly #consumers = new Set<MemoryConsumer>();
  #sent: Sent[] = [];
  #answers: (() => void)[] = [];
  #blocked = false;
  #open = true;

  constructor(readonly name: string, private readonly broker: MemoryBroker, private readonly listener: ConnectionListener) {}

  get open(): boolean {
    return this.#open;
  }

  /** Something is left to do for the broker: an answer to send, or, unless it is in need, something to read. */
  get busy(): boolean {
    return this.#answers.length > 0 || (this.#sent.length > 0 && !this.#blocked);
  }

  /** @param answer called when the broker has answered; never on a connection that is lost before */
  publish(message: BrokerMessage, answer: (answer: Answer) => void): void {
    this.send({ kind: 'publish', message, answer });
  }

  /** @throws when there is no such queue */
  consume(queue: string, prefetch: number, listener: ConsumerListener): MemoryConsumer {
    if (!this.#open) throw new Error('the connection is closed');
    const consumer = new MemoryConsumer(this.broker.queue(queue), prefetch, listener);
    this.#consumers.add(consumer);
    this.broker.wake();
    return consumer;
  }

  settle(consumer: MemoryConsumer, tag: number, upTo: boolean): void {
    this.send({ kind: 'settle', consumer, tag, upTo });
  }

  /** Closes a consumer's channel after what was sent on it has been read. */
  closeChannel(consumer: MemoryConsumer, reason: string): void {
    this.#sent = this.#sent.filter((sent) => {
      if (sent.kind !== 'settle' || sent.consumer !== consumer) return true;
      consumer.settle(sent.tag, sent.upTo);
      return false;
    });
    this.dropChannel(consumer, reason);
  }

  /** Ends the connection in order: acknowledgements that were sent are read first. */
  close(): void {
    for (const consumer of [...this.#consumers]) this.closeChannel(consumer, 'closed by the client');
    this.drop('closed by the client');
  }

  /** For the broker: the connection is gone, and what was not read with it. */
  drop(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#sent = [];
    this.#answers = [];
    this.broker.forget(this);
    for (const consumer of [...this.#consumers]) this.dropChannel(consumer, reason);
    this.listener.lost(reason);
  }

  /** For the broker: closes the channels of all consumers, and lets the connection live. */
  dropChannels(reason: string): void {
    for (const consumer of [...this.#consumers]) this.dropChannel(consumer, reason);
  }

  /** For the broker: sends the answers to what it read in the step before. */
  sendAnswers(): void {
    for (const answer of this.#answers.splice(0)) if (this.#open) answer();
  }

  /** For the broker: reads what was sent, up to the first publication when it is in need: then it reads on later. */
  read(alarm: string | undefined, store: (message: BrokerMessage) => Answer): void {
    if (alarm === undefined) this.unblock();
    while (this.#open && this.#sent[0]) {
      if (alarm !== undefined && this.#sent[0].kind === 'publish') return this.block(alarm);
      const sent = this.#sent.shift()!;
      if (sent.kind === 'publish') {
        const answer = store(sent.message);
        this.#answers.push(() => sent.answer(answer));
      } else if (!sent.consumer.settle(sent.tag, sent.upTo)) {
        this.dropChannel(sent.consumer, `PRECONDITION_FAILED - unknown delivery tag ${sent.tag}`);
      }
    }
  }

  private send(sent: Sent): void {
    if (!this.#open) throw new Error('the connection is closed');
    this.#sent.push(sent);
    this.broker.wake();
  }

  private dropChannel(consumer: MemoryConsumer, reason: string): void {
    if (!this.#consumers.delete(consumer)) return;
    this.#sent = this.#sent.filter((sent) => sent.kind !== 'settle' || sent.consumer !== consumer);
    consumer.close(reason);
    this.broker.wake();
  }

  private block(alarm: string): void {
    if (this.#blocked) return;
    this.#blocked = true;
    this.listener.blocked(alarm);
  }

  private unblock(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.listener.blocked(undefined);
  }
}
