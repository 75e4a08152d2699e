import { type Envelope, type MessageContract, messages } from '@heddle/contracts';
import { type Publisher, REPLAY_HEADER, type PublishOutcome, type Transport } from '@heddle/messaging';
import { Stalled, Unavailable, sleep } from '@heddle/platform';
import { replayMessage } from './replay-message.ts';
import type { ReplayedEvent, ReplayTargetSender } from './replay-target.ts';

/** Messages that wait in the queue hold the replay up from this many on: what happens now would wait behind them. */
const MOST_WAITING = 1_000;
/** Without a confirm for this long the replay is begun again where it was. */
const CONFIRM_WITHIN_MS = 30_000;
const AGAIN_AFTER_MS = 200;

/** Sends to one queue, past every exchange: no other consumer sees it. */
export class QueueSender implements ReplayTargetSender {
  readonly #publisher: Publisher;

  constructor(private readonly transport: Transport, private readonly replayId: string, private readonly queue: string, private readonly types: ReadonlySet<string>) {
    this.#publisher = transport.publisher();
    this.#publisher.start(() => undefined);
  }

  takes(event: Envelope): boolean {
    return this.types.has(event.event_type);
  }

  async busy(): Promise<string | undefined> {
    if (this.#publisher.free <= 0) return 'the broker takes no messages';
    if (this.transport.fault !== undefined) return 'the broker is out of reach';
    const counts = await this.transport.counts(this.queue);
    if (!counts) throw this.missing();
    return counts.messages < MOST_WAITING ? undefined : `${counts.messages} messages wait in the queue ${this.queue}`;
  }

  async send(events: readonly ReplayedEvent[], signal: AbortSignal): Promise<void> {
    const until = performance.now() + CONFIRM_WITHIN_MS;
    let left = [...events];
    while (left.length > 0) {
      const outcomes = await Promise.all(left.slice(0, Math.max(0, this.#publisher.free)).map(async (one) => ({ one, outcome: await this.publish(one) })));
      if (outcomes.some(({ outcome }) => outcome === 'returned')) throw this.missing();
      const confirmed = new Set(outcomes.filter(({ outcome }) => outcome === 'confirmed').map(({ one }) => one));
      left = left.filter((one) => !confirmed.has(one));
      if (left.length === 0) return;
      signal.throwIfAborted();
      if (performance.now() > until) throw new Unavailable({ code: 'BUS-063', message: `The broker did not confirm ${left.length} messages to ${this.queue}.`, remedy: 'Look at RabbitMQ; the replay goes on when it answers.' });
      if (confirmed.size === 0) await sleep(AGAIN_AFTER_MS, signal);
    }
  }

  async write(): Promise<void> {
    // They have left by then, see send().
  }

  close(): Promise<void> {
    return this.#publisher.close();
  }

  private publish({ event }: ReplayedEvent): Promise<PublishOutcome> {
    const contract = (messages as Readonly<Record<string, MessageContract>>)[event.event_type];
    return this.#publisher.publish({
      exchange: '', routingKey: this.queue, messageId: event.event_id, type: event.event_type, body: replayMessage(event), priority: contract?.priority ?? 0, headers: { [REPLAY_HEADER]: this.replayId },
    });
  }

  private missing(): Stalled {
    return new Stalled({ code: 'BUS-064', message: `There is no queue '${this.queue}' at the broker.`, remedy: 'Start the service that consumes it, which declares it, and then another replay.' });
  }
}
