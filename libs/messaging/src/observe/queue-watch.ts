import type { Transport } from '../transport/transport.ts';
import { lagSeconds } from './lag.ts';
import { type Movement, movementOf } from './movement.ts';

/** A queue at one moment. */
export interface QueueReading {
  queue: string;
  /** Messages that wait, without those in hand of consumers. */
  messages: number;
  consumers: number;
  /** Age of the oldest waiting message at most, seconds. */
  lagSeconds: number;
  /** For how long messages wait of which none is taken, as far as looks tell, seconds. */
  standstillSeconds: number;
}

/** When a queue has stood still for so long as far as this process knows, it asks whether other replicas take from it. */
const ASKED_AFTER_SECONDS = 60;

/** Looks at queues, and tells how long their oldest message has waited at most, and since when none was taken. */
export class QueueWatch {
  readonly #trails = new Map<string, { emptyAt: number | undefined; firstSeenAt: number }>();
  readonly #movements = new Map<string, Movement>();

  /** @param takenLately which of these queues any replica has taken a message of within the last minute, as far as that can be told */
  constructor(
    private readonly transport: Transport, private readonly queues: () => readonly string[], private readonly lastDelivered: ReadonlyMap<string, number>,
    private readonly takenLately: (queues: readonly string[]) => Promise<ReadonlySet<string>>,
  ) {}

  /** Every queue that is there. @throws when the broker does not answer */
  async look(now: number): Promise<{ readings: QueueReading[]; missing: string[] }> {
    const readings: QueueReading[] = [];
    const missing: string[] = [];
    for (const queue of this.queues()) {
      const counts = await this.transport.counts(queue);
      if (counts) readings.push({ queue, messages: counts.messages, consumers: counts.consumers, lagSeconds: this.lag(queue, counts.messages, now), standstillSeconds: this.standstill(queue, counts.messages, now) });
      else missing.push(queue);
    }
    await this.askOthers(readings.filter(({ standstillSeconds }) => standstillSeconds >= ASKED_AFTER_SECONDS), now);
    return { readings, missing };
  }

  private lag(queue: string, depth: number, now: number): number {
    const trail = this.#trails.get(queue) ?? { emptyAt: undefined, firstSeenAt: now };
    this.#trails.set(queue, trail);
    if (depth === 0) trail.emptyAt = now;
    return lagSeconds({ depth, now, lastDeliveredAt: this.lastDelivered.get(queue), ...trail });
  }

  private standstill(queue: string, depth: number, now: number): number {
    const movement = movementOf(this.#movements.get(queue), { depth, lastDeliveredAt: this.lastDelivered.get(queue) }, now);
    this.#movements.set(queue, movement);
    return (now - movement.movedAt) / 1_000;
  }

  /** Of a queue that only grows, what other replicas take shows nowhere else. */
  private async askOthers(standing: readonly QueueReading[], now: number): Promise<void> {
    if (standing.length === 0) return;
    const taken = await this.takenLately(standing.map(({ queue }) => queue));
    for (const reading of standing.filter(({ queue }) => taken.has(queue))) {
      this.#movements.get(reading.queue)!.movedAt = now;
      reading.standstillSeconds = 0;
    }
  }
}
