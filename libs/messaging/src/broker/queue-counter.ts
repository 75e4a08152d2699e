import type { Channel } from 'amqplib';
import type { QueueCounts } from '../transport/transport.ts';
import type { BrokerConnection } from './broker-connection.ts';
import { within } from './within.ts';

const NOT_FOUND = 404;
const ANSWER_MS = 4_000;

/** Looks at queues by declaring them passively: any broker and any user that may consume can do that, without the management API. */
export class QueueCounter {
  #last: Promise<unknown> = Promise.resolve();
  #open: { channel: Channel; connection: unknown } | undefined;

  constructor(private readonly connection: BrokerConnection) {}

  /** What a queue holds; absent when there is none. One look at a time: a queue that is not there costs the channel. @throws when the broker is out of reach, or does not answer in time */
  counts(queue: string): Promise<QueueCounts | undefined> {
    const look = (): Promise<QueueCounts | undefined> => this.look(queue);
    const counts = this.#last.then(look, look);
    this.#last = counts;
    return counts;
  }

  private async look(queue: string): Promise<QueueCounts | undefined> {
    try {
      const { messageCount, consumerCount } = await within(ANSWER_MS, `looking at the queue ${queue}`, this.check(queue));
      return { messages: messageCount, consumers: consumerCount };
    } catch (error) {
      this.#open = undefined; // the broker has closed it, or no longer answers on it
      if ((error as { code?: unknown }).code === NOT_FOUND) return undefined;
      throw error;
    }
  }

  private async check(queue: string): Promise<{ messageCount: number; consumerCount: number }> {
    return (await this.channel()).checkQueue(queue);
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
