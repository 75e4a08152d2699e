import type { Channel } from 'amqplib';
import type { BrokerConnection } from '../broker/broker-connection.ts';
import { within } from '../broker/within.ts';
import { lagSeconds } from './lag.ts';

const NOT_FOUND = 404;
const ANSWER_MS = 4_000;

/** A queue at one moment. */
export interface QueueReading {
  queue: string;
  /** Messages that wait, without those in hand of consumers. */
  messages: number;
  consumers: number;
  /** Age of the oldest waiting message at most, seconds. */
  lagSeconds: number;
}

/** Looks at queues by declaring them passively: any broker and any user that may consume can do that, without the management API. */
export class QueueWatch {
  readonly #trails = new Map<string, { emptyAt: number | undefined; firstSeenAt: number }>();
  #channel: { channel: Channel; connection: unknown } | undefined;

  constructor(private readonly connection: BrokerConnection, private readonly queues: () => readonly string[], private readonly lastDelivered: ReadonlyMap<string, number>) {}

  /** Every queue that is there. @throws when the broker does not answer */
  async look(now: number): Promise<{ readings: QueueReading[]; missing: string[] }> {
    const readings: QueueReading[] = [];
    const missing: string[] = [];
    for (const queue of this.queues()) {
      const counts = await within(ANSWER_MS, `looking at the queue ${queue}`, this.counts(queue)).catch((error: unknown) => { this.#channel = undefined; throw error; });
      if (counts) readings.push({ queue, messages: counts.messageCount, consumers: counts.consumerCount, lagSeconds: this.lag(queue, counts.messageCount, now) });
      else missing.push(queue);
    }
    return { readings, missing };
  }

  private lag(queue: string, depth: number, now: number): number {
    const trail = this.#trails.get(queue) ?? { emptyAt: undefined, firstSeenAt: now };
    this.#trails.set(queue, trail);
    if (depth === 0) trail.emptyAt = now;
    return lagSeconds({ depth, now, lastDeliveredAt: this.lastDelivered.get(queue), ...trail });
  }

  private async counts(queue: string): Promise<{ messageCount: number; consumerCount: number } | undefined> {
    const channel = await this.channel();
    try {
      return await channel.checkQueue(queue);
    } catch (error) {
      this.#channel = undefined; // the broker has closed it
      if ((error as { code?: unknown }).code === NOT_FOUND) return undefined;
      throw error;
    }
  }

  private async channel(): Promise<Channel> {
    const connection = this.connection.current;
    if (!connection) throw new Error(this.connection.fault ?? 'not connected');
    if (this.#channel?.connection === connection) return this.#channel.channel;
    const channel = await connection.createChannel();
    channel.on('error', () => undefined); // the failed call tells the same
    channel.on('close', () => { if (this.#channel?.channel === channel) this.#channel = undefined; });
    this.#channel = { channel, connection };
    return channel;
  }
}
