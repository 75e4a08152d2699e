import { type Envelope } from '@heddle/contracts';
import { type Database, NotFound, Stalled } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import type { DeliveryQueue } from '../deliveries/delivery-queue.ts';
import { type Interest, matchesSubscription } from '../subscriptions/matches-subscription.ts';
import type { ReplayedEvent, ReplayTargetSender } from './replay-target.ts';

/** More deliveries of a replay than this don't wait at once. */
const MOST_WAITING = 500;

/** Sends to a webhook subscription: as deliveries, which go out behind those of what happens now. */
export class WebhookSender implements ReplayTargetSender {
  #interest: Interest | undefined;

  constructor(private readonly database: Database, private readonly queue: DeliveryQueue, private readonly replayId: string, private readonly subscriptionId: string) {}

  takes(event: Envelope): boolean {
    return this.#interest !== undefined && matchesSubscription(this.#interest, event);
  }

  async busy(): Promise<string | undefined> {
    const [subscription] = await this.database.query<Interest & { name: string; enabled: boolean; waiting: number }>(
      `SELECT name, types, fabrics, enabled, (SELECT count(*)::int FROM delivery d WHERE d.replay_id = $2 AND d.state = 'pending') AS waiting FROM subscription WHERE id = $1`,
      [this.subscriptionId, this.replayId]);
    if (!subscription) throw new NotFound({ code: 'STATE-060', message: 'The subscription of the replay was deleted.', remedy: 'Subscribe again, and start another replay.' });
    if (!subscription.enabled) throw new Stalled({ code: 'BUS-062', message: `The subscription '${subscription.name}' is switched off.`, remedy: 'Enable it, and start another replay from where this one ended.' });
    this.#interest = subscription;
    return subscription.waiting < MOST_WAITING ? undefined : `${subscription.waiting} of its deliveries wait for the receiver`;
  }

  async send(): Promise<void> {
    // They leave as rows, see write().
  }

  write(tx: EntityManager, events: readonly ReplayedEvent[]): Promise<void> {
    return this.queue.addReplayed(tx, this.replayId, this.subscriptionId, events);
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}
