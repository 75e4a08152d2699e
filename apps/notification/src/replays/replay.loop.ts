import { Transport } from '@heddle/messaging';
import { Clock, Database, HeddleError, type Lease, Leases, Logger, Metrics, describeError, rowsOf, sleep } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DeliveryQueue } from '../deliveries/delivery-queue.ts';
import { Pace, eventsAtOnce } from './pace.ts';
import { eventTypesOf } from './queue-types.ts';
import { QueueSender } from './queue-sender.ts';
import type { ReplayRow } from './replay-row.ts';
import { ReplaySource, type ScannedEvent } from './replay-source.ts';
import { statesBefore } from './replay-states.ts';
import type { ReplayTargetSender, ReplayedEvent } from './replay-target.ts';
import { ReplaysService } from './replays.service.ts';
import { WebhookSender } from './webhook-sender.ts';

const LOOK_AGAIN_MS = 500;
/** Replays that one process carries out at a time. */
const AT_ONCE = 4;

interface Running {
  row: ReplayRow;
  sender: ReplayTargetSender;
  pace: Pace;
  lease: Lease;
  signal: AbortSignal;
}

/** Somebody cancelled it, or another owner has it: there is nothing more to do here. */
class NoLongerRunning extends Error {}

/** Carries out replays, each by one owner. Where it is, is a row: after a crash the next owner goes on from there. */
@Injectable()
export class ReplayLoop implements OnApplicationBootstrap {
  readonly #sent;

  constructor(
    private readonly database: Database, private readonly leases: Leases, private readonly replays: ReplaysService, private readonly source: ReplaySource,
    private readonly deliveries: DeliveryQueue, private readonly transport: Transport, private readonly clock: Clock, private readonly logger: Logger, metrics: Metrics,
  ) {
    this.#sent = metrics.counter('heddle_replayed_events_total', 'Events sent again out of the log or the archive', ['target']);
  }

  onApplicationBootstrap(): void {
    const held = this.leases.holdEach({
      name: 'replay', limit: AT_ONCE,
      keys: async () => (await this.database.query<{ id: string }>(`SELECT id FROM replay WHERE state IN ('pending', 'running') ORDER BY number`)).map(({ id }) => id),
      work: (id, lease, signal) => this.carryOut(id, lease, signal),
    });
    this.replays.events.on('changed', () => held.wake());
  }

  private async carryOut(id: string, lease: Lease, signal: AbortSignal): Promise<void> {
    const row = await this.begin(id, lease);
    if (!row) return;
    const sender = this.senderOf(row);
    try {
      await this.run({ row, sender, lease, signal, pace: new Pace(row.events_per_second) });
    } catch (error) {
      if (error instanceof NoLongerRunning || signal.aborted) return;
      const final = error instanceof HeddleError && !error.retryable;
      await this.note(id, lease, final ? `${error.message} ${error.remedy}` : describeError(error), final);
      if (!final) throw error;
      this.logger.error('a replay failed', { replayId: id, error });
    } finally {
      await sender.close();
    }
  }

  /** Its row, running; absent when it has ended by now. */
  private async begin(id: string, lease: Lease): Promise<ReplayRow | undefined> {
    const [found] = await this.database.query<ReplayRow>(`SELECT * FROM replay WHERE id = $1`, [id]);
    if (found?.state !== 'pending') return found?.state === 'running' ? found : undefined;
    const total = await this.source.total(found.segments, { from: found.from_at, until: found.until_at, filter: found.filter });
    return this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      const [row] = await rowsOf<ReplayRow>(tx, `UPDATE replay SET state = 'running', started_at = now(), total = $2 WHERE id = $1 AND state = ANY ($3) RETURNING *`, [id, total, statesBefore('running')]);
      return row;
    });
  }

  private senderOf({ id, target }: ReplayRow): ReplayTargetSender {
    if (target.type === 'queue') return new QueueSender(this.transport, id, target.queue, eventTypesOf(target.queue) ?? new Set());
    return new WebhookSender(this.database, this.deliveries, id, target.subscriptionId!);
  }

  private async run(running: Running): Promise<void> {
    const { row, sender, lease, signal } = running;
    const range = { from: row.from_at, until: row.until_at, filter: row.filter };
    await this.room(running);
    for (let segment = row.segment; segment < row.segments.length; segment++) {
      const archived = row.segments[segment]!.type === 'archive';
      for await (const page of this.source.pages(row.segments[segment]!, range, segment === row.segment ? row.position : '0')) {
        for (const part of partsOf(page, eventsAtOnce(row.events_per_second), (event) => sender.takes(event))) {
          await this.send(running, segment, part, archived);
        }
      }
    }
    await this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      await tx.query(`UPDATE replay SET state = 'completed', message = '', finished_at = now() WHERE id = $1 AND state = ANY ($2)`, [row.id, statesBefore('completed')]);
    });
    if (!signal.aborted) this.logger.info('a replay has ended', { replayId: row.id });
  }

  /** Sends a part of a page and notes that it is done, when the pace and the target allow it. */
  private async send(running: Running, segment: number, part: Part, archived: boolean): Promise<void> {
    const { row, sender, pace, lease, signal } = running;
    const events: ReplayedEvent[] = part.wanted.map(({ position, event }) => ({ position, event: event!, archived }));
    if (events.length > 0) {
      await sleep(pace.delay(this.clock.monotonicMs()), signal);
      await this.room(running);
      lease.assertValid();
      await sender.send(events, signal);
      pace.sent(events.length, this.clock.monotonicMs());
    }
    await this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      const rows = await rowsOf(tx,
        `UPDATE replay SET segment = $2, position = $3, scanned = scanned + $4, matched = matched + $5, sent = sent + $5, message = '' WHERE id = $1 AND state = 'running' RETURNING 1`,
        [row.id, segment, part.last, part.scanned, events.length]);
      if (rows.length === 0) throw new NoLongerRunning();
      await sender.write(tx, events);
    });
    this.#sent.inc({ target: row.target.type }, events.length);
  }

  /** Waits until the target may get more, and says for what. */
  private async room({ row, sender, lease, signal }: Running): Promise<void> {
    for (let told = ''; ;) {
      signal.throwIfAborted();
      const busy = await sender.busy();
      if (busy === undefined) return;
      if (busy !== told) await this.note(row.id, lease, `It waits: ${busy}.`, false);
      told = busy;
      await sleep(LOOK_AGAIN_MS, signal);
    }
  }

  private async note(id: string, lease: Lease, message: string, failed: boolean): Promise<void> {
    await this.database.transaction(async (tx) => {
      await lease.assertIn(tx);
      const rows = await rowsOf(tx,
        `UPDATE replay SET message = $2, state = CASE WHEN $3 THEN 'failed' ELSE state END, finished_at = CASE WHEN $3 THEN now() END WHERE id = $1 AND state = ANY ($4) RETURNING 1`,
        [id, message.slice(0, 2_000), failed, statesBefore('failed')]);
      if (rows.length === 0) throw new NoLongerRunning();
    });
  }
}

interface Part {
  wanted: ScannedEvent[];
  scanned: number;
  last: string;
}

/** Cuts a page so that no part has more than `most` events to send. */
export function partsOf(page: readonly ScannedEvent[], most: number, takes: (event: NonNullable<ScannedEvent['event']>) => boolean): Part[] {
  const parts: Part[] = [];
  for (const one of page) {
    const wanted = one.event !== undefined && takes(one.event);
    let part = parts.at(-1);
    if (!part || (wanted && part.wanted.length === most)) {
      part = { wanted: [], scanned: 0, last: one.position };
      parts.push(part);
    }
    if (wanted) part.wanted.push(one);
    part.scanned += 1;
    part.last = one.position;
  }
  return parts;
}
