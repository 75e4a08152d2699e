import { systemActor } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Background, Clock, Database, rowsOf } from '@heddle/platform';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { lockFabric } from '../fabrics/lock-fabric.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { DRIFT_COLUMNS, type DriftRow } from './drift-store.ts';
import { driftPolicyOf } from './drift-policy.ts';
import { tellDetected } from './tell-detected.ts';
import { writeVerdicts } from './verdict-store.ts';

/** Opens drifts again whose snooze is over, and tells of them as of new ones. */
@Injectable()
export class SnoozeEnds {
  constructor(private readonly database: Database, private readonly outbox: Outbox, private readonly queue: PlanQueue, private readonly clock: Clock) {}

  async reopenDue(): Promise<void> {
    const due = await this.database.query<{ id: string }>(`select distinct fabric_id as id from drift where state = 'snoozed' and snoozed_until <= $1 order by 1`, [this.clock.now()]);
    for (const { id } of due) await this.database.transaction((tx) => this.reopen(tx, id));
  }

  private async reopen(tx: EntityManager, fabricId: string): Promise<void> {
    const fabric = await lockFabric(tx, fabricId);
    if (!fabric) return;
    const now = this.clock.now();
    const rows = await rowsOf<DriftRow>(tx,
      `update drift d set state = 'open', snoozed_until = null, snooze_reason = null where d.fabric_id = $1 and d.state = 'snoozed' and d.snoozed_until <= $2 returning ${DRIFT_COLUMNS}`, [fabricId, now]);
    const healed = rows.filter(({ kind }) => driftPolicyOf(fabric, kind) === 'always_revert').map(({ id }) => id);
    await tx.query('update drift set heal_at = $2 where id = any($1::uuid[])', [healed, now]);
    await writeVerdicts(tx, now, rows, { verdict: 'reopen', reason: 'The time of the snooze is over.', actor: systemActor('fabric') });
    await tellDetected(tx, this.outbox, fabricId, rows);
    this.queue.wakeAfter(tx);
  }
}

const LOOK_EVERY_MS = 5_000;

@Injectable()
export class SnoozeLoop implements OnApplicationBootstrap {
  constructor(private readonly background: Background, private readonly ends: SnoozeEnds) {}

  onApplicationBootstrap(): void {
    this.background.every('snoozed drifts', LOOK_EVERY_MS, () => this.ends.reopenDue());
  }
}
