import type { Transport } from '../transport/transport.ts';
import { lagSeconds, publishedAfter } from './lag.ts';
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

/** What the replicas of a service know together of its queues. Of queues of other services, or while it can't be had, nothing. */
export interface SharedKnowledge {
  /** Which of these queues any replica has taken a message of within the last minute. */
  takenLately(queues: readonly string[]): Promise<ReadonlySet<string>>;
  /** After which moment all that waits in these queues was published; told what this process knows of it. Milliseconds. */
  shareProgress(known: ReadonlyMap<string, number | undefined>): Promise<ReadonlyMap<string, number>>;
}

type Counts = Pick<QueueReading, 'queue' | 'messages' | 'consumers'>;
interface Trail { emptyAt: number | undefined; firstSeenAt: number; sharedAt: number }

/** When a queue has stood still for so long as far as this process knows, it asks whether other replicas take from it. */
const ASKED_AFTER_SECONDS = 60;
/** How far a queue is that was empty all the time need not be known more exactly to who comes anew. */
const SHARED_EVERY_MS = 60_000;

/** Looks at queues, and tells how long their oldest message has waited at most, and since when none was taken. */
export class QueueWatch {
  readonly #trails = new Map<string, Trail>();
  readonly #movements = new Map<string, Movement>();

  constructor(
    private readonly transport: Transport, private readonly queues: () => readonly string[], private readonly lastDelivered: ReadonlyMap<string, number>,
    private readonly shared: SharedKnowledge,
  ) {}

  /** Every queue that is there. @throws when the broker does not answer */
  async look(now: number): Promise<{ readings: QueueReading[]; missing: string[] }> {
    const found: Counts[] = [];
    const missing: string[] = [];
    for (const queue of this.queues()) {
      const counts = await this.transport.counts(queue);
      if (counts) found.push({ queue, messages: counts.messages, consumers: counts.consumers });
      else missing.push(queue);
    }
    const after = await this.progress(found, now);
    const readings = found.map((counts) => ({ ...counts, lagSeconds: this.lag(counts, after.get(counts.queue), now), standstillSeconds: this.standstill(counts, after.get(counts.queue), now) }));
    await this.askOthers(readings.filter(({ standstillSeconds }) => standstillSeconds >= ASKED_AFTER_SECONDS), now);
    return { readings, missing };
  }

  /** After which moment all that waits was published: other replicas may have been delivered what came after all that this one was. */
  private async progress(found: readonly Counts[], now: number): Promise<ReadonlyMap<string, number | undefined>> {
    const own = new Map(found.map(({ queue, messages }) => [queue, publishedAfter(this.lastDelivered.get(queue), this.trail(queue, messages, now).emptyAt)]));
    const shared = found.filter(({ queue, messages }) => messages > 0 || now - this.#trails.get(queue)!.sharedAt >= SHARED_EVERY_MS).map(({ queue }) => queue);
    for (const queue of shared) this.#trails.get(queue)!.sharedAt = now;
    const others = await this.shared.shareProgress(new Map(shared.map((queue) => [queue, own.get(queue)])));
    return new Map(found.map(({ queue }) => [queue, publishedAfter(own.get(queue), others.get(queue))]));
  }

  private lag({ queue, messages }: Counts, after: number | undefined, now: number): number {
    return lagSeconds({ depth: messages, now, after, firstSeenAt: this.#trails.get(queue)!.firstSeenAt });
  }

  private trail(queue: string, depth: number, now: number): Trail {
    const trail = this.#trails.get(queue) ?? { emptyAt: undefined, firstSeenAt: now, sharedAt: -Infinity };
    this.#trails.set(queue, trail);
    if (depth === 0) trail.emptyAt = now;
    return trail;
  }

  private standstill({ queue, messages }: Counts, after: number | undefined, now: number): number {
    const movement = movementOf(this.#movements.get(queue), { depth: messages, lastDeliveredAt: this.lastDelivered.get(queue), after }, now);
    this.#movements.set(queue, movement);
    return (now - movement.movedAt) / 1_000;
  }

  /** What other replicas take of a queue that only grows stands in the inbox as well, should their progress not be told; a group's queues have one name there, which is none of theirs. */
  private async askOthers(standing: readonly QueueReading[], now: number): Promise<void> {
    if (standing.length === 0) return;
    const taken = await this.shared.takenLately(standing.map(({ queue }) => queue));
    for (const reading of standing.filter(({ queue }) => taken.has(queue))) {
      this.#movements.get(reading.queue)!.movedAt = now;
      reading.standstillSeconds = 0;
    }
  }
}
