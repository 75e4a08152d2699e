import type { DeliveryFormat } from '@heddle/contracts';
import { Outbox, REPLAY_HEADER } from '@heddle/messaging';
import { Clock, Database, type Lease, Leases, Logger, Metrics, OutboundGuard, SecretBox, describeError } from '@heddle/platform';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Webhook } from 'standardwebhooks';
import type { EntityManager } from 'typeorm';
import { CONFIG, type NotificationConfig } from '../config.ts';
import { DeliveryQueue } from './delivery-queue.ts';
import { type Attempt, type Verdict, judgeAttempt, retryAfterOf } from './judge-attempt.ts';
import { writeEvent } from './write-event.ts';

interface Due {
  id: string;
  event_id: string;
  tries: number;
  body: string | null;
  replay_id: string | null;
  url: string;
  secret: string;
  format: DeliveryFormat;
}

/** Answers of receivers are not kept; this much is read to free the connection. */
const MAX_ANSWER_BYTES = 65_536;

/** Makes the deliveries, one lease and one request at a time per subscription, so that a slow receiver delays itself alone. */
@Injectable()
export class DeliveryLoop implements OnApplicationBootstrap {
  constructor(
    private readonly database: Database, private readonly leases: Leases, private readonly queue: DeliveryQueue, private readonly box: SecretBox,
    private readonly guard: OutboundGuard, private readonly outbox: Outbox, private readonly clock: Clock, private readonly logger: Logger,
    private readonly metrics: Metrics, @Inject(CONFIG) private readonly config: NotificationConfig,
  ) {}

  onApplicationBootstrap(): void {
    const held = this.leases.holdEach({
      name: 'delivery',
      keys: async () => (await this.database.query<{ id: string }>(
        `SELECT DISTINCT d.subscription_id AS id FROM delivery d JOIN subscription s ON s.id = d.subscription_id AND s.enabled
         WHERE d.state = 'pending' AND d.next_try_at <= now()`)).map((row) => row.id),
      work: (subscriptionId, lease, signal) => this.deliverDue(subscriptionId, lease, signal),
    });
    this.queue.events.on('queued', () => held.wake());
  }

  private async deliverDue(subscriptionId: string, lease: Lease, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = await this.nextDue(subscriptionId);
      if (!due) return;
      const attempt = await lease.during((held) => this.attempt(due, subscriptionId, held), signal);
      // Broken off by us, not failed by the receiver: it is tried again as if it had not been, under the same id.
      if (attempt.status === null && (signal.aborted || !lease.valid())) return;
      const verdict = judgeAttempt(attempt.status, attempt.retryAfter, due.tries + 1, this.config.HEDDLE_WEBHOOK_RETRY_SECONDS);
      this.metrics.counter('heddle_webhook_deliveries_total', 'Tries of webhook deliveries', ['result']).inc({ result: verdict.type });
      await this.database.transaction(async (tx) => {
        await lease.assertIn(tx);
        await this.record(tx, subscriptionId, due, attempt, verdict);
      });
    }
  }

  private async nextDue(subscriptionId: string): Promise<Due | undefined> {
    const [due] = await this.database.query<Due>(
      `SELECT d.id, d.event_id, jsonb_array_length(d.attempts) AS tries, d.replay_id, s.url, s.secret, s.format,
         coalesce(d.body::text, (SELECT e.body::text FROM event e WHERE e.position = d.position)) AS body
       FROM delivery d JOIN subscription s ON s.id = d.subscription_id
       WHERE d.subscription_id = $1 AND d.state = 'pending' AND d.next_try_at <= now() AND s.enabled
       ORDER BY d.replay_id IS NOT NULL, d.next_try_at, d.position LIMIT 1`, [subscriptionId],
    );
    return due;
  }

  private async attempt(due: Due, subscriptionId: string, signal: AbortSignal): Promise<Attempt & { retryAfter: number | null }> {
    const started = this.clock.monotonicMs();
    const at = this.clock.now();
    const result = (status: number | null, message: string, retryAfter: number | null = null) =>
      ({ at: at.toISOString(), status, message, milliseconds: Math.round(this.clock.monotonicMs() - started), retryAfter });
    if (due.body === null) return result(null, 'the event is no longer in the log');
    try {
      const secret = this.box.decrypt(due.secret, { table: 'subscription', row: subscriptionId, column: 'secret' });
      const { body, contentType } = writeEvent(due.body, due.format);
      const response = await this.guard.request(due.url, {
        method: 'POST', body, timeoutMs: this.config.HEDDLE_WEBHOOK_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, signal,
        headers: {
          ...(due.replay_id !== null && { [REPLAY_HEADER]: due.replay_id }), 'content-type': contentType, 'user-agent': 'heddle', 'webhook-id': due.event_id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)), 'webhook-signature': new Webhook(secret.reveal()).sign(due.event_id, at, body),
        },
      });
      return result(response.status, `HTTP ${response.status}`, retryAfterOf(response.headers['retry-after'], at));
    } catch (error) {
      return result(null, describeError(error));
    }
  }

  private async record(tx: EntityManager, subscriptionId: string, due: Due, attempt: Attempt & { retryAfter: number | null }, verdict: Verdict): Promise<void> {
    const { retryAfter: _, ...entry } = attempt;
    const state = { delivered: 'delivered', again: 'pending', failed: 'failed', disable: 'failed' }[verdict.type];
    await tx.query(
      `UPDATE delivery SET attempts = attempts || $2::jsonb, state = $3, next_try_at = CASE WHEN $3 = 'pending' THEN now() + make_interval(secs => $4) END WHERE id = $1`,
      [due.id, JSON.stringify([entry]), state, verdict.type === 'again' ? verdict.afterSeconds : 0],
    );
    if (verdict.type === 'disable') {
      await tx.query(`UPDATE subscription SET enabled = false WHERE id = $1`, [subscriptionId]);
      this.logger.warn('the receiver answered 410: its subscription is switched off', { subscriptionId });
    }
    if (state === 'failed') {
      await this.outbox.add(tx, 'delivery.failed', { subscriptionId, deliveryId: due.id, eventId: due.event_id, message: entry.message });
    }
  }
}
