import { type Actor, type AlertState, type MessageData, systemActor } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Clock, Ids } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { alertMachine } from '../state/alert-machine.ts';
import { readAlertFacts } from './alert-facts.ts';
import { type AlertChangeRow, type AlertRow, alertView, type AlertWrite, lockAlerts, writeAlertHistory, writeAlerts } from './alert-store.ts';
import { type Move, moveAlerts } from './move-alerts.ts';
import { correlate, type Signal } from './signal.ts';
import { signalsOf } from './signals-of.ts';

export interface AlertTally { raised: number; resolved: number; open: number }

/** Keeps the alerts in step with what holds, and tells of what changes. */
@Injectable()
export class AlertKeeper {
  constructor(private readonly outbox: Outbox, private readonly ids: Ids, private readonly clock: Clock) {}

  /** A look at all fabrics. Two at once would raise one alert twice: the second waits for the first. */
  async look(tx: EntityManager): Promise<AlertTally> {
    await tx.query(`select pg_advisory_xact_lock(hashtext(current_schema() || ' alerts'))`);
    const holding = correlate(signalsOf(await readAlertFacts(tx, this.clock.now())));
    const before = await lockAlerts(tx, holding.map(({ signal }) => signal.key), 'looked-at');
    const told = await this.apply(tx, before, moveAlerts(before, holding, this.clock.now()), systemActor('fabric'));
    return { raised: told.filter(({ to }) => to === 'active' || to === 'reopened').length, resolved: told.filter(({ to }) => to === 'resolved').length, open: holding.length };
  }

  /** An alert of the bus is kept as one of the mesh: with states, history and people's words. The bus itself says when it is over. */
  async busFired(tx: EntityManager, data: MessageData<'bus.alert_fired'>): Promise<void> {
    const signal = busSignal(data);
    const before = await lockAlerts(tx, [signal.key], 'bus');
    // Told once more: nothing is new.
    if (before[0] && before[0].state !== 'resolved') return;
    // Its end, told in another queue, may have come before.
    if (before[0]?.resolvedAt && before[0].resolvedAt >= new Date(data.since)) return;
    await this.apply(tx, before, moveAlerts(before, [{ signal, cause: null }], this.clock.now()), systemActor(data.service));
  }

  async busResolved(tx: EntityManager, data: MessageData<'bus.alert_resolved'>): Promise<void> {
    const signal = busSignal(data);
    const [before] = await lockAlerts(tx, [signal.key], 'bus');
    if (before?.state === 'resolved') return;
    if (before) await this.apply(tx, [before], [{ before, signal: null, route: ['resolved'], reason: data.reason, clearSince: null }], systemActor(data.service));
    else await this.apply(tx, [], [{ before: null, signal: { signal, cause: null }, route: ['active', 'resolved'], reason: data.reason, clearSince: null }], systemActor(data.service));
  }

  /** Writes the moves, their history and the events. @returns the changes */
  async apply(tx: EntityManager, before: readonly AlertRow[], moves: readonly Move[], actor: Actor, suppressedUntil: Date | null = null): Promise<AlertChangeRow[]> {
    const ids = new Map(before.filter(({ state }) => state !== 'resolved').map(({ key, id }) => [key, id]));
    const writes = moves.map((move) => this.writeOf(move, ids, suppressedUntil));
    const rows = new Map((await writeAlerts(tx, this.clock.now(), writes)).map((row) => [row.id, row]));
    const changes = moves.flatMap((move, index) => changesOf(writes[index]!.id, move));
    await writeAlertHistory(tx, this.clock.now(), actor, changes);
    for (const [index, move] of moves.entries()) await this.tell(tx, rows.get(writes[index]!.id), move);
    return changes;
  }

  private writeOf(move: Move, ids: Map<string, string>, suppressedUntil: Date | null): AlertWrite {
    const { before, signal, route, clearSince } = move;
    const id = before?.id ?? this.ids.uuid();
    if (signal) ids.set(signal.signal.key, id);
    const state = route.at(-1) ?? before!.state;
    const held = route.length === 0 ? before : null;
    return {
      id, isNew: before === null, state, signal: signal?.signal ?? null, clearSince, severity: signal?.signal.severity ?? before!.severity,
      causeId: state !== 'suppressed' ? null : signal?.cause ? ids.get(signal.cause) ?? null : held?.causeId ?? null,
      suppressedUntil: state !== 'suppressed' ? null : suppressedUntil ?? held?.suppressedUntil ?? null, raised: before !== null && route.includes('reopened'),
    };
  }

  private async tell(tx: EntityManager, row: AlertRow | undefined, { before, route, reason }: Move): Promise<void> {
    if (!row) return;
    const from = before?.state ?? null;
    const type = eventOf(from, route, before !== null && before.severity !== row.severity);
    if (!type) return;
    const fabricId = row.fabrics.length === 1 ? row.fabrics[0]!.id : undefined;
    await this.outbox.add(tx, type, { alert: alertView(row), from, reason: reason || 'SeverityChanged' }, { orderingKey: `alert:${row.id}`, ...(fabricId !== undefined && { fabricId }) });
  }
}

/** What follows from a cause that is told is not told itself, neither its beginning nor its end. */
function eventOf(from: AlertState | null, route: readonly AlertState[], severityChanged: boolean): 'alert.raised' | 'alert.changed' | 'alert.resolved' | null {
  const to = route.at(-1);
  if (to === undefined) return severityChanged && from !== 'suppressed' ? 'alert.changed' : null;
  if (to === 'active' || to === 'reopened') return 'alert.raised';
  if (to === 'resolved') return from === 'suppressed' || from === null ? null : 'alert.resolved';
  return from === null || from === 'resolved' ? null : 'alert.changed';
}

function changesOf(alertId: string, { before, route, reason }: Move): AlertChangeRow[] {
  return route.map((to, index) => {
    const from = index === 0 ? before?.state ?? null : route[index - 1]!;
    if (from !== null) alertMachine.assertAllowed(alertId, from, to);
    return { alertId, from, to, reason };
  });
}

function busSignal(data: MessageData<'bus.alert_fired'> | MessageData<'bus.alert_resolved'>): Signal {
  const { alert, severity, service, replica, labels, summary } = data;
  const place = JSON.stringify(Object.entries(labels).toSorted());
  return {
    key: `bus:${service}:${replica ?? ''}:${alert}:${place}`, type: alert, severity, summary: `${service}: ${summary}`, remedy: 'remedy' in data ? data.remedy : 'See docs/bus.md.',
    fabrics: [], objects: [], objectCount: 0, causes: [],
  };
}
