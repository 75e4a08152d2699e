import { hash } from 'node:crypto';

/** A message as a transport hands it over, in AMQP's terms. */
export interface DeliveredMessage {
  content: Buffer;
  fields: { deliveryTag: number; redelivered: boolean };
  properties: { messageId?: unknown; type?: unknown; timestamp?: unknown; headers?: Readonly<Record<string, unknown>> | undefined };
}

/** The channel that a message came on, as far as settling needs it. */
export interface DeliveryChannel {
  /** @param upTo whether all that came before it is acknowledged as well; @throws when the channel is closed */
  ack(message: DeliveredMessage, upTo?: boolean): void;
}

/** Channels on which a message was left to the broker: until they close, nothing is settled there in passing. */
const incomplete = new WeakSet<DeliveryChannel>();

/** A message as the broker handed it over, bound to the channel that it came on: it is settled there, once, or never. */
export class Delivery {
  readonly body: Buffer;
  readonly headers: Record<string, unknown>;
  #hash: Buffer | undefined;
  #settled = false;

  constructor(
    private readonly message: DeliveredMessage, private readonly channel: DeliveryChannel,
    private readonly isOpen: () => boolean, private readonly isAbandoned: () => boolean = () => false,
  ) {
    this.body = message.content;
    this.headers = message.properties.headers ?? {};
  }

  /** Whether it was delivered before and not settled; a message may come twice without it. */
  get redelivered(): boolean {
    return this.message.fields.redelivered;
  }

  /**
   * Whether its handler may be what it comes again for: it was in hand before and nothing became of it. Where the broker
   * counts, the first time is forgiven, since a lost connection brings back all that was in hand.
   */
  get suspect(): boolean {
    return this.redelivered && this.headers['x-delivery-count'] !== 1;
  }

  /** When it was published, seconds since 1970, as its publisher said. */
  get timestamp(): number | undefined {
    const { timestamp } = this.message.properties;
    return typeof timestamp === 'number' ? timestamp : undefined;
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
    // By way of a string: the bytes then come out of Node's pool, instead of from an allocation for each message.
    return this.#hash ??= Buffer.from(hash('sha256', this.body, 'binary'), 'binary');
  }

  /** Settles messages of one channel, the last ones that came on it: in one go where nothing before them was left. */
  static settleAll(deliveries: readonly Delivery[]): void {
    const last = deliveries.at(-1);
    if (!last) return;
    if (incomplete.has(last.channel)) for (const delivery of deliveries) delivery.settle();
    else last.settle(true);
  }

  /** True when it should not be begun any more: it comes again, here or elsewhere. */
  get abandoned(): boolean {
    return this.isAbandoned();
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
