import type { Channel } from 'amqplib';
import type { QueueCounts } from '../transport/transport.ts';
import type { BrokerConnection } from './broker-connection.ts';

const NOT_FOUND = 404;

/** Looks at queues by declaring them passively: any broker and any user that may consume can do that, without the management API. */
export class QueueCounter {
  #open: { channel: Channel; connection: unknown } | undefined;

  constructor(private readonly connection: BrokerConnection) {}

  /** What a queue holds; absent when there is none. @throws when the broker is out of reach */
  async counts(queue: string): Promise<QueueCounts | undefined> {
    const channel = await this.channel();
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      return { messages: messageCount, consumers: consumerCount };
    } catch (error) {
      this.#open = undefined; // the broker has closed it
      if ((error as { code?: unknown }).code === NOT_FOUND) return undefined;
      throw error;
    }
  }

  private async channel(): Promise<Channel> {
    const connection = this.connection.current;
    if (!connection) throw new Error(this.connection.fault ?? 'not connected');
    if (this.#open?.connection === connection) return this.#open.channel;
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // the failed call tells the same
    channel.on('close', () => { if (this.#open?.channel === channel) this.#open = undefined; });
    this.#open = { channel, connection };
    return channel;
  }
}
