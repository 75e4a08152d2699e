import { createHash } from 'node:crypto';
import type { Channel, ConsumeMessage } from 'amqplib';

/** Channels on which a message was left to the broker: until they close, nothing is settled there in passing. */
const incomplete = new WeakSet<Channel>();

/** A message as the broker handed it over, bound to the channel that it came on: it is settled there, once, or never. */
export class Delivery {
  readonly body: Buffer;
  readonly headers: Record<string, unknown>;
  #hash: Buffer | undefined;
  #settled = false;

  constructor(private readonly message: ConsumeMessage, private readonly channel: Channel, private readonly isOpen: () => boolean) {
    this.body = message.content;
    this.headers = (message.properties.headers ?? {}) as Record<string, unknown>;
  }

  get messageId(): string | undefined {
    const id: unknown = this.message.properties.messageId;
    return typeof id === 'string' && id !== '' ? id : undefined;
  }

  get type(): string | undefined {
    const type: unknown = this.message.properties.type;
    return typeof type === 'string' && type !== '' ? type : undefined;
  }

  /** sha256 of the body's bytes. */
  get hash(): Buffer {
    return this.#hash ??= createHash('sha256').update(this.body).digest();
  }

  /** Settles messages of one channel, the last ones that came on it: in one go where nothing before them was left. */
  static settleAll(deliveries: readonly Delivery[]): void {
    const last = deliveries.at(-1);
    if (!last) return;
    if (incomplete.has(last.channel)) for (const delivery of deliveries) delivery.settle();
    else last.settle(true);
  }

  /** Leaves it to the broker, which delivers it again when the channel has closed. */
  leave(): void {
    incomplete.add(this.channel);
  }

  /**
   * Acknowledges it. On a channel that is gone this does nothing: the broker delivers the message again, and the inbox
   * knows it by then.
   * @param upTo settles everything that was delivered on the channel before it as well; see {@link settleAll}
   */
  settle(upTo = false): void {
    if (this.#settled || !this.isOpen()) return;
    this.#settled = true;
    try {
      this.channel.ack(this.message, upTo);
    } catch {
      // The channel closed a moment ago; its 'close' event is on the way and the message comes again.
    }
  }
}
