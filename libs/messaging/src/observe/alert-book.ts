import { Inject, Injectable } from '@nestjs/common';
import type { Alert, AlertSeverity } from '@heddle/contracts';
import { Database, type Lease, Leases, rowsOf } from '@heddle/platform';
import type { EntityManager } from 'typeorm';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../nest/messaging-options.ts';
import { Outbox } from '../outbox/outbox.ts';
import type { AlertRule } from './alert-rule.ts';
import { alertKey, type AlertState, type AlertStates } from './evaluate-alerts.ts';

const LEASE = 'bus-alerts';

interface Row {
  alert: string; place: string; replica: string | null; severity: AlertSeverity; labels: Record<string, string>; since: Date; summary: string;
}

/**
 * The alerts that were told as events, as rows: each begins and ends once, whatever the number of replicas and restarts. What
 * all replicas see is told by the one that holds a lease; what concerns a process alone by itself, and its end by the
 * holder when the process has gone.
 */
@Injectable()
export class AlertBook {
  constructor(
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
    @Inject(Database) private readonly database: Database,
    @Inject(Leases) private readonly leases: Leases,
    @Inject(Outbox) private readonly outbox: Outbox,
  ) {}

  /** What this process answers for: its own alerts, and those of the service while it holds the lease. */
  async lease(): Promise<Lease | undefined> {
    return this.leases.held(LEASE) ?? await this.leases.tryAcquire(LEASE) ?? undefined;
  }

  /** States of the alerts of the service that were told and have not ended, as if they fired here. */
  async told(rules: readonly AlertRule[]): Promise<Map<string, AlertState>> {
    const rows = await this.database.query<Row>(`SELECT * FROM bus_alert WHERE replica IS NULL`);
    return new Map(rows.flatMap(({ alert, place, labels, since }) => {
      const rule = rules.find(({ id }) => id === alert);
      return rule?.scope === 'service' ? [[place, { rule, labels, phase: 'firing', since: since.getTime(), value: undefined, clearSince: undefined } satisfies AlertState] as const] : [];
    }));
  }

  /** Tells what began and what ended since the last time, in one transaction with the rows. */
  async tell(states: AlertStates, describe: (state: AlertState) => Alert, lease: Lease | undefined, now: Date): Promise<void> {
    const own = this.leases.owner;
    const firing = [...states.values()].filter(({ phase, rule }) => phase === 'firing' && (rule.scope === 'replica' || lease));
    await this.database.transaction(async (tx) => {
      await lease?.assertIn(tx);
      const rows = await rowsOf<Row>(tx, `SELECT * FROM bus_alert WHERE replica = $1 OR ($2 AND replica IS NULL) ORDER BY place, replica`, [own, lease !== undefined]);
      const known = new Set(rows.map(({ place }) => place));
      const keys = new Map(firing.map((state) => [alertKey(state.rule, state.labels), state]));
      for (const [place, state] of keys) if (!known.has(place)) await this.begin(tx, place, state.rule.scope === 'replica' ? own : null, describe(state));
      for (const row of rows) if (!keys.has(row.place)) await this.end(tx, row, 'Cleared', now);
      if (!lease) return;
      const gone = await rowsOf<Row>(tx, `
        SELECT * FROM bus_alert b WHERE replica IS NOT NULL AND replica <> $1
          AND NOT EXISTS (SELECT 1 FROM process p WHERE p.id = b.replica AND p.heartbeat_at > now() - interval '15 seconds') ORDER BY place, replica`, [own]);
      for (const row of gone) await this.end(tx, row, 'ReplicaGone', now);
    });
  }

  private async begin(tx: EntityManager, place: string, replica: string | null, alert: Alert): Promise<void> {
    await tx.query(`INSERT INTO bus_alert (alert, place, replica, severity, labels, since, summary) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [alert.alert, place, replica, alert.severity, JSON.stringify(alert.labels), alert.since, alert.summary]);
    await this.outbox.add(tx, 'bus.alert_fired', { ...alert, ...(replica !== null && { replica }) }, { orderingKey: keyOf(place, replica) });
  }

  private async end(tx: EntityManager, { alert, place, replica, severity, labels, since, summary }: Row, reason: 'Cleared' | 'ReplicaGone', now: Date): Promise<void> {
    await tx.query(`DELETE FROM bus_alert WHERE place = $1 AND replica IS NOT DISTINCT FROM $2`, [place, replica]);
    await this.outbox.add(tx, 'bus.alert_resolved', {
      alert, severity, service: this.options.service, ...(replica !== null && { replica }), labels, since: since.toISOString(), summary, resolvedAt: now.toISOString(), reason,
    }, { orderingKey: keyOf(place, replica) });
  }
}

/** An alert's end must not overtake its beginning. */
function keyOf(place: string, replica: string | null): string {
  return `alert ${place}${replica === null ? '' : ` ${replica}`}`;
}
