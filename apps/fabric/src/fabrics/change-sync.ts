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

  /**
   * After anything moved outside of an operation: notices that Git and the cluster differ, that it can't be known or
   * that Git can't be read whole; and, by a look that passes through `syncing`, that all of it is over.
   */
  async refresh(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    if (fabric.syncState !== 'in_sync' && fabric.syncState !== 'out_of_sync') return;
    const obstacle = obstacleOf(fabric, await isSourceIncomplete(tx, fabric));
    if (obstacle) return this.doubt(tx, fabric, obstacle);
    const differing = await countDiffering(tx, fabric);
    const wasDoubted = fabric.syncState === 'out_of_sync' && OBSTACLES.has(fabric.syncReason);
    if (differing > 0 && (fabric.syncState === 'in_sync' || wasDoubted)) await this.change(tx, fabric, 'out_of_sync', 'Differences', `${differing} object(s) differ between Git and the cluster.`);
    if (fabric.syncState === 'out_of_sync' && differing === 0 && !isTesting(fabric)) await this.change(tx, fabric, 'in_sync', 'NoDifference', 'Git and the cluster have the same.');
  }

  private async doubt(tx: EntityManager, fabric: FabricEntity, { reason, message }: Obstacle): Promise<void> {
    if (fabric.syncState === 'out_of_sync' && fabric.syncReason === reason && fabric.syncMessage === message) return;
    await this.change(tx, fabric, 'out_of_sync', reason, message);
  }
}

interface Obstacle { reason: 'ClusterUnreachable' | 'SourceFailing' | 'SourceIncomplete'; message: string }

const OBSTACLES: ReadonlySet<string> = new Set<Obstacle['reason']>(['ClusterUnreachable', 'SourceFailing', 'SourceIncomplete']);

/** What forbids to call the fabric in sync although nothing is known to differ. */
function obstacleOf({ connection, source, directoryNote }: FabricEntity, sourceIncomplete: boolean): Obstacle | null {
  if (connection.state === 'failed' || connection.state === 'unknown') return { reason: 'ClusterUnreachable', message: `The cluster can't be asked: ${connection.message}` };
  if (directoryNote !== null) return { reason: 'SourceIncomplete', message: 'The directory is missing or has no documents; nothing is changed or deleted.' };
  if (source.state === 'failing') return { reason: 'SourceFailing', message: `Git can't be read: ${source.message}` };
  return sourceIncomplete ? { reason: 'SourceIncomplete', message: 'A document of the directory can\'t be used; the last good version of its objects is kept.' } : null;
}

/** A test that is under way decides nothing: what was said before stays said. */
function isTesting({ connection, syncReason }: FabricEntity): boolean {
  return connection.state === 'testing' && syncReason === 'ClusterUnreachable';
}

async function isSourceIncomplete(tx: EntityManager, { id }: FabricEntity): Promise<boolean> {
  const [row] = await rowsOf<{ incomplete: boolean }>(tx,
    `select exists (select from source_document where fabric_id = $1 and status = 'unreadable') or exists (select from source_document where fabric_id = $1 and status = 'held')
       or exists (select from resource where fabric_id = $1 and held) as incomplete`, [id]);
  return row?.incomplete ?? false;
}

/** Objects that Git asks for otherwise than they live; with prune on also those that it asks for no longer. */
export async function countDiffering(tx: EntityManager, fabric: Pick<FabricEntity, 'id' | 'prune'>): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(tx,
    `select count(*) from resource where fabric_id = $1 and (desired_hash is distinct from live_hash or desired_hash is distinct from base_hash)
       and (desired_hash is not null or ($2 and base_hash is not null and live_hash is not null))`, [fabric.id, fabric.prune]);
  return Number(row?.count ?? 0);
}
