import { type Actor, type alertChange, type alertGet, type alertList, type AlertDetail, type AlertOutcome, type AlertState, type AlertView, type Page, systemActor } from '@heddle/contracts';
import { AuditTrail, Clock, currentContext, Database, HeddleError, Invalid, NotFound, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { z } from 'zod';
import { Refusals } from '../audit/refusals.ts';
import { findFabric } from '../fabrics/lock-fabric.ts';
import { pageOfRows, readCursor } from '../paging/cursor.ts';
import { leavesFew } from '../paging/leaves-few.ts';
import { Parameters } from '../paging/parameters.ts';
import { alertMachine } from '../state/alert-machine.ts';
import { AlertKeeper } from './alert-keeper.ts';
import { ALERT_COLUMNS, type AlertRow, alertView } from './alert-store.ts';

const TO: Record<z.output<typeof alertChange.request>['action'], AlertState> = { acknowledge: 'acknowledged', suppress: 'suppressed', resolve: 'resolved' };

/** What people ask of alerts, and say to them. */
@Injectable()
export class AlertService {
  constructor(private readonly database: Database, private readonly keeper: AlertKeeper, private readonly audit: AuditTrail, private readonly refusals: Refusals, private readonly clock: Clock) {}

  async list({ fabric, state, severity, type, open, limit, cursor }: z.output<typeof alertList.request>): Promise<Page<AlertView>> {
    const { manager } = this.database.dataSource;
    const [at, id] = readCursor(cursor, 2);
    const given = new Parameters();
    const where = [
      ...(fabric === undefined ? [] : [`fabric_ids @> array[${given.of((await findFabric(manager, fabric)).id, 'uuid')}]`]), ...(state === undefined ? [] : [`state = ${given.of(state)}`]),
      ...(severity === undefined ? [] : [`severity = ${given.of(severity)}`]), ...(type === undefined ? [] : [`type = ${given.of(type)}`]), ...(open === undefined ? [] : [`state ${open ? 'in' : 'not in'} ('active', 'acknowledged', 'reopened')`]),
    ].join(' and ') || 'true';
    const few = where !== 'true' && await leavesFew(manager, 'alert', where, given.values);
    const past = at && id ? `and (first_seen_at, id) < (${given.of(at, 'timestamptz')}, ${given.of(id, 'uuid')})` : '';
    const rows = await rowsOf<AlertRow & { cursor: string }>(manager,
      `${few ? `with found as materialized (select * from alert where ${where})` : ''} select ${ALERT_COLUMNS}, first_seen_at::text as cursor from ${few ? 'found where true' : `alert where ${where}`} ${past}
       order by first_seen_at desc, id desc limit ${given.of(limit + 1)}`, given.values);
    return pageOfRows(rows, limit, (row) => [row.cursor, row.id], ({ cursor: _, ...row }) => alertView(row));
  }

  async get({ alertId }: z.output<typeof alertGet.request>): Promise<AlertDetail> {
    const { manager } = this.database.dataSource;
    const [row] = await rowsOf<AlertRow>(manager, `select ${ALERT_COLUMNS} from alert where id = $1`, [alertId]);
    if (!row) throw missing(alertId);
    const history = await rowsOf<{ at: Date; from: AlertState | null; to: AlertState; actor: Actor; reason: string }>(manager,
      'select at, from_state as "from", to_state as "to", actor, reason from alert_change where alert_id = $1 order by ordinal desc limit 200', [alertId]);
    return { ...alertView(row), history: history.map((each) => ({ ...each, at: each.at.toISOString() })) };
  }

  /** Each alert by itself: one that can't be changed does not keep the others back. @throws Invalid where a suppression has no time, or one that is past */
  async change({ alertIds, action, reason, until }: z.output<typeof alertChange.request>): Promise<{ items: AlertOutcome[] }> {
    const suppressedUntil = until === undefined ? null : new Date(until);
    if (action === 'suppress' && (!suppressedUntil || suppressedUntil <= this.clock.now())) {
      throw new Invalid({ code: 'VAL-021', message: 'A suppression needs a time in the future until which it holds.', remedy: 'Give `until` as an ISO 8601 time.', errors: [{ field: 'until', message: 'must be in the future' }] });
    }
    const items: AlertOutcome[] = [];
    for (const id of new Set(alertIds)) items.push(await this.changeOne(id, TO[action], reason, suppressedUntil));
    return { items };
  }

  private async changeOne(id: string, to: AlertState, reason: string, until: Date | null): Promise<AlertOutcome> {
    try {
      return await this.refusals.recorded(`alert.${to}`, `alert/${id}`, () => this.database.transaction(async (tx) => {
        const row = await this.lock(tx, id);
        alertMachine.assertAllowed(row.summary, row.state, to);
        await this.keeper.apply(tx, [row], [{ before: row, signal: null, route: [to], reason, clearSince: row.clearSince }], currentContext()?.actor ?? systemActor('fabric'), until);
        await this.audit.append(tx, { action: `alert.${to}`, subject: `alert/${id}`, outcome: 'done', details: { type: row.type, key: row.key, from: row.state, reason, until: until?.toISOString() ?? null } });
        return { id, outcome: 'done' as const, state: to, message: '' };
      }));
    } catch (error) {
      if (!(error instanceof HeddleError) || error.retryable) throw error;
      return { id, outcome: 'refused', state: null, message: `${error.message} ${error.remedy}` };
    }
  }

  private async lock(tx: EntityManager, id: string): Promise<AlertRow> {
    const [row] = await rowsOf<AlertRow>(tx, `select ${ALERT_COLUMNS} from alert where id = $1 for update`, [id]);
    if (!row) throw missing(id);
    return row;
  }
}

function missing(id: string): NotFound {
  return new NotFound({ code: 'STATE-016', message: `There is no alert ${id}.`, remedy: 'List the alerts; those that are over are kept for 90 days.' });
}
