import type { SyncState } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Clock, rowsOf } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { syncMachine } from '../state/sync-machine.ts';
import { FabricEntity } from './fabric.entity.ts';

/** Moves a fabric's sync state, and tells of each transition. */
@Injectable()
export class SyncStates {
  constructor(private readonly outbox: Outbox, private readonly clock: Clock) {}

  async change(tx: EntityManager, fabric: FabricEntity, to: SyncState, reason: string, message: string): Promise<void> {
    const route = syncMachine.route(fabric.syncState, to);
    if (!route) return syncMachine.assertAllowed(fabric.name, fabric.syncState, to);
    for (const next of route) {
      const from = fabric.syncState;
      Object.assign(fabric, { syncState: next, syncReason: reason, syncMessage: message, syncSince: this.clock.now() });
      await this.outbox.add(tx, 'fabric.sync_changed', { fabricId: fabric.id, name: fabric.name, from, to: next, reason, message, commit: fabric.revision?.commit ?? null }, { fabricId: fabric.id });
    }
    Object.assign(fabric, { syncReason: reason, syncMessage: message });
    await tx.update(FabricEntity, fabric.id, { syncState: fabric.syncState, syncReason: reason, syncMessage: message, syncSince: fabric.syncSince });
  }

  /** After anything moved outside of an operation: notices that Git and the cluster differ, or that they do no longer. */
  async refresh(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    if (fabric.syncState !== 'in_sync' && fabric.syncState !== 'out_of_sync') return;
    const differing = await countDiffering(tx, fabric);
    if (fabric.syncState === 'in_sync' && differing > 0) await this.change(tx, fabric, 'out_of_sync', 'Differences', `${differing} object(s) differ between Git and the cluster.`);
    if (fabric.syncState === 'out_of_sync' && differing === 0) await this.change(tx, fabric, 'in_sync', 'NoDifference', 'Git and the cluster have the same.');
  }
}

/** Objects that Git asks for otherwise than they live; with prune on also those that it asks for no longer. */
export async function countDiffering(tx: EntityManager, fabric: Pick<FabricEntity, 'id' | 'prune'>): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(tx,
    `select count(*) from resource where fabric_id = $1 and (desired_hash is distinct from live_hash or desired_hash is distinct from base_hash)
       and (desired_hash is not null or ($2 and base_hash is not null and live_hash is not null))`, [fabric.id, fabric.prune]);
  return Number(row?.count ?? 0);
}
