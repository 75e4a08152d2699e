import type { Page, ReplaySpec, ReplayTarget, ReplayView } from '@heddle/contracts';
import { AuditTrail, Clock, Database, Ids, Invalid, NotFound, currentContext, onCommit, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import { Archive } from '../archive/archive.ts';
import { SubscriptionsService } from '../subscriptions/subscriptions.service.ts';
import { type DroppedDay, planReplay } from './plan-replay.ts';
import { eventQueues, eventTypesOf } from './queue-types.ts';
import { type ReplayRow, viewOf } from './replay-row.ts';
import { statesBefore } from './replay-states.ts';

/** Replays as people ask for them; the loop carries them out. */
@Injectable()
export class ReplaysService {
  /** `changed` after each commit that added a replay. */
  readonly events = new EventEmitter();

  constructor(
    private readonly database: Database, private readonly subscriptions: SubscriptionsService, private readonly archive: Archive,
    private readonly ids: Ids, private readonly clock: Clock, private readonly audit: AuditTrail,
  ) {}

  async create(spec: ReplaySpec): Promise<ReplayView> {
    const target = await this.resolve(spec.target);
    const now = this.clock.now();
    const from = new Date(spec.from);
    const until = new Date(Math.min(spec.until ? Date.parse(spec.until) : now.getTime(), now.getTime()));
    if (from >= until) {
      throw new Invalid({ code: 'VAL-003', message: `A replay from ${from.toISOString()} until ${until.toISOString()} has no events.`, remedy: 'Begin before the end, and before now.', errors: [{ field: 'from', message: 'is not before the end' }] });
    }
    const id = this.ids.uuid();
    return this.database.transaction(async (tx) => {
      // No day is dropped between the plan and the commit of the row that holds the days.
      await tx.query(`SELECT pg_advisory_xact_lock_shared(hashtext('event log'), hashtext(current_schema()))`);
      const dropped = await rowsOf<DroppedDay>(tx, `SELECT to_char(day, 'YYYY-MM-DD') AS day, manifest FROM event_day WHERE state = 'dropped'`);
      const segments = planReplay(from, until, dropped, this.archive.store !== undefined);
      const [row] = await rowsOf<ReplayRow>(tx,
        `INSERT INTO replay (id, target, filter, from_at, until_at, events_per_second, reason, actor, state, segments, total)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, 0) RETURNING *`,
        [id, target, spec.filter, from, until, spec.eventsPerSecond, spec.reason, currentContext()?.actor ?? null, JSON.stringify(segments)]);
      const details = { target, filter: spec.filter, from: from.toISOString(), until: until.toISOString(), eventsPerSecond: spec.eventsPerSecond, reason: spec.reason };
      await this.audit.append(tx, { action: 'replay.create', subject: `replay/${id}`, outcome: 'done', details });
      onCommit(tx, () => this.events.emit('changed'));
      return viewOf(row!, now);
    });
  }

  async list(query: { limit: number; cursor?: string | undefined; state?: string | undefined }): Promise<Page<ReplayView>> {
    if (query.cursor !== undefined && !/^\d{1,18}$/.test(query.cursor)) throw new Invalid({ code: 'VAL-002', message: 'The cursor is not one of this list.', remedy: 'Begin without a cursor.', errors: [{ field: 'cursor', message: 'unknown' }] });
    const rows = await this.database.query<ReplayRow>(
      `SELECT * FROM replay WHERE number < $1::bigint AND ($2::text IS NULL OR state = $2) ORDER BY number DESC LIMIT $3`,
      [query.cursor ?? '9223372036854775807', query.state ?? null, query.limit + 1]);
    const items = rows.slice(0, query.limit).map((row) => viewOf(row, this.clock.now()));
    return { items, next: rows.length > query.limit ? rows[query.limit - 1]!.number : null };
  }

  async get(id: string): Promise<ReplayView> {
    const [row] = await this.database.query<ReplayRow>(`SELECT * FROM replay WHERE id = $1`, [id]);
    if (!row) throw new NotFound({ code: 'STATE-062', message: `There is no replay ${id}.`, remedy: 'List the replays and use an id of these.' });
    return viewOf(row, this.clock.now());
  }

  /** Takes back what has not been sent; one that has ended stays as it is. Deliveries to a webhook that still wait are taken back too. */
  async cancel(id: string): Promise<ReplayView> {
    await this.get(id);
    await this.database.transaction(async (tx) => {
      const rows = await rowsOf<{ id: string }>(tx, `UPDATE replay SET state = 'cancelled', message = '', finished_at = now() WHERE id = $1 AND state = ANY ($2) RETURNING id`, [id, statesBefore('cancelled')]);
      if (rows.length === 0) return;
      await tx.query(`DELETE FROM delivery WHERE replay_id = $1 AND state = 'pending'`, [id]);
      await this.audit.append(tx, { action: 'replay.cancel', subject: `replay/${id}`, outcome: 'done' });
    });
    return this.get(id);
  }

  private async resolve(target: ReplayTarget): Promise<ReplayRow['target']> {
    if (target.type === 'subscription') return { ...target, subscriptionId: (await this.subscriptions.get(target.subscription)).id };
    const types = eventTypesOf(target.queue);
    if (types === undefined || types.size === 0) {
      throw new Invalid({ code: 'VAL-003', message: types ? `The queue '${target.queue}' takes no events; only events are in the log.` : `There is no queue '${target.queue}'.`, remedy: `Choose one of: ${eventQueues().join(', ')}.`, errors: [{ field: 'target.queue', message: 'takes no events' }] });
    }
    return target;
  }
}
