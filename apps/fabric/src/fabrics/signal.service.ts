import type { MessageData } from '@heddle/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { storeWatchState } from '../observations/watch-store.ts';
import { PlanQueue } from '../plans/plan-queue.ts';
import { connectionMachine } from '../state/connection-machine.ts';
import { ClusterReset } from './cluster-reset.ts';
import { SyncStates } from './change-sync.ts';
import { FabricEntity } from './fabric.entity.ts';
import { FabricLifecycle } from './fabric-lifecycle.ts';
import { lockFabric } from './lock-fabric.ts';

/** Takes in what other services say about a fabric as a whole: its cluster, its source, its watches. */
@Injectable()
export class SignalService {
  constructor(private readonly lifecycle: FabricLifecycle, private readonly queue: PlanQueue, private readonly sync: SyncStates, private readonly cluster: ClusterReset) {}

  async clusterChanged(tx: EntityManager, data: MessageData<'cluster.state_changed'>): Promise<void> {
    const fabric = await lockFabric(tx, data.fabricId);
    if (!fabric || data.sequence <= fabric.connectionSequence) return;
    // Several transitions can lie between two messages; `unknown` comes with another address, from wherever it was.
    const route = connectionMachine.route(fabric.connection.state, data.connection.state);
    if (!route && data.connection.state !== 'unknown') return;
    const isAnother = fabric.server !== null && fabric.server !== data.server;
    const wasConnected = fabric.connection.state === 'connected';
    Object.assign(fabric, { connection: data.connection, connectionSequence: data.sequence, server: data.server });
    await tx.update(FabricEntity, fabric.id, { connection: data.connection, connectionSequence: data.sequence, server: data.server });
    if (isAnother) await this.cluster.reset(tx, fabric);
    await this.lifecycle.activateIfReady(tx, fabric);
    await this.sync.refresh(tx, fabric);
    if (!wasConnected && data.connection.state === 'connected' && fabric.syncState === 'error') await this.queue.wantAutomatic(tx, fabric);
  }

  async sourceChanged(tx: EntityManager, { fabricId, repositoryId, sequence, ...source }: MessageData<'source.state_changed'>): Promise<void> {
    const fabric = await lockFabric(tx, fabricId);
    if (!fabric || repositoryId !== fabric.repositoryId || (sequence !== undefined && sequence <= fabric.sourceSequence)) return;
    Object.assign(fabric, { source, sourceSequence: sequence ?? fabric.sourceSequence });
    await tx.update(FabricEntity, fabric.id, { source, sourceSequence: fabric.sourceSequence });
    await this.lifecycle.activateIfReady(tx, fabric);
    await this.sync.refresh(tx, fabric);
  }

  async watchChanged(tx: EntityManager, data: MessageData<'watch.state_changed'>): Promise<void> {
    const fabric = await lockFabric(tx, data.fabricId);
    if (!fabric) return;
    const moved = await storeWatchState(tx, data);
    if (moved && data.reason === 'KindMissing') await this.queue.wantAutomatic(tx, fabric);
  }
}
