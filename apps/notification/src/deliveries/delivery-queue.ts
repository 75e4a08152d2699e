import { EventEmitter } from 'node:events';
import type { Envelope } from '@heddle/contracts';
import { Ids, onCommit, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type Interest, matchesSubscription } from '../subscriptions/matches-subscription.ts';

/** Rows of deliveries to make; the natural key is subscription, event and replay. */
@Injectable()
export class DeliveryQueue {
  /** `queued` after each commit that added deliveries. */
  readonly events = new EventEmitter();

  constructor(private readonly ids: Ids) {}

  async add(tx: EntityManager, logged: readonly { event: Envelope; position: string }[]): Promise<void> {
    const subscriptions = await rowsOf<Interest & { id: string }>(tx, `SELECT id, types, fabrics FROM subscription WHERE enabled`);
    const wanted = subscriptions.flatMap((subscription) => logged
      .filter(({ event }) => matchesSubscription(subscription, event))
      .map(({ event, position }) => ({ id: this.ids.uuid(), subscription: subscription.id, position, event })));
    if (wanted.length === 0) return;
    await tx.query(
      `INSERT INTO delivery (id, subscription_id, position, event_id, event_type, state, next_try_at)
       SELECT d.id, d.subscription_id, d.position, d.event_id, d.event_type, 'pending', now()
       FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::text[]) AS d (id, subscription_id, position, event_id, event_type)
       ON CONFLICT ON CONSTRAINT delivery_key DO NOTHING`,
      [wanted.map((d) => d.id), wanted.map((d) => d.subscription), wanted.map((d) => d.position), wanted.map((d) => d.event.event_id), wanted.map((d) => d.event.event_type)],
    );
    onCommit(tx, () => this.events.emit('queued'));
  }

  /** Deliveries of a replay, to one subscription. What the log does not have goes along. */
  async addReplayed(tx: EntityManager, replayId: string, subscriptionId: string, events: readonly { event: Envelope; position: string; archived: boolean }[]): Promise<void> {
    if (events.length === 0) return;
    await tx.query(
      `INSERT INTO delivery (id, subscription_id, position, event_id, event_type, state, next_try_at, replay_id, body)
       SELECT d.id, $1, d.position, d.event_id, d.event_type, 'pending', now(), $2, d.body
       FROM unnest($3::uuid[], $4::bigint[], $5::uuid[], $6::text[], $7::jsonb[]) AS d (id, position, event_id, event_type, body)
       ON CONFLICT ON CONSTRAINT delivery_key DO NOTHING`,
      [subscriptionId, replayId, events.map(() => this.ids.uuid()), events.map((e) => e.position), events.map((e) => e.event.event_id), events.map((e) => e.event.event_type),
        events.map((e) => (e.archived ? JSON.stringify(e.event) : null))],
    );
    onCommit(tx, () => this.events.emit('queued'));
  }
}
