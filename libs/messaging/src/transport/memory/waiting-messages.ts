import type { BrokerMessage } from './broker-message.ts';

/** One message in one queue. */
export interface QueuedMessage {
  message: BrokerMessage;
  /** Of its arrival in the queue; kept through redeliveries. */
  position: number;
  redelivered: boolean;
  /** Milliseconds on the broker's clock; Infinity when it never expires. */
  expiresAt: number;
}

const HIGHEST_PRIORITY = 9;

/** What waits in a queue: by priority, highest first, and within a priority in the order of arrival. */
export class WaitingMessages {
  readonly #levels: QueuedMessage[][];

  /** @param priorities without them every message has the same */
  constructor(priorities: boolean) {
    this.#levels = Array.from({ length: priorities ? HIGHEST_PRIORITY + 1 : 1 }, () => []);
  }

  get size(): number {
    return this.#levels.reduce((sum, level) => sum + level.length, 0);
  }

  /** Adds a new message, behind all others of its priority. */
  add(queued: QueuedMessage): void {
    this.levelOf(queued).push(queued);
  }

  /** Puts a message that was taken where it was. */
  putBack(queued: QueuedMessage): void {
    const level = this.levelOf(queued);
    const behind = level.findIndex(({ position }) => position > queued.position);
    level.splice(behind === -1 ? level.length : behind, 0, queued);
  }

  take(): QueuedMessage | undefined {
    return this.#levels.findLast((level) => level.length > 0)?.shift();
  }

  /** Takes what has expired. As in RabbitMQ only the head of a level is looked at: a message expires when those before it have gone. */
  takeExpired(now: number): QueuedMessage[] {
    const expired: QueuedMessage[] = [];
    for (const level of this.#levels) {
      while (level[0] && level[0].expiresAt <= now) expired.push(level.shift()!);
    }
    return expired;
  }

  /** When the next head expires; Infinity when none does. */
  get nextExpiry(): number {
    return Math.min(...this.#levels.map(([head]) => head?.expiresAt ?? Infinity));
  }

  private levelOf({ message }: QueuedMessage): QueuedMessage[] {
    return this.#levels[Math.min(message.priority ?? 0, this.#levels.length - 1)]!;
  }
}
