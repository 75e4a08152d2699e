import type { FabricState } from '@heddle/contracts';
import { Outbox } from '@heddle/messaging';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PlanQueue } from '../plans/plan-queue.ts';
import { fabricMachine } from '../state/fabric-machine.ts';
import { SyncStates } from './change-sync.ts';
import { FabricEntity } from './fabric.entity.ts';
import { watchedHash, watchedKinds } from './watched-kinds.ts';

/** Moves fabrics in their state machine and tells git-sync and k8s-sync what follows from it. */
@Injectable()
export class FabricLifecycle {
  constructor(private readonly outbox: Outbox, private readonly queue: PlanQueue, private readonly sync: SyncStates) {}

  /** A fabric that was made just now: it is read and watched from the start, so that findings show early. */
  async begin(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    await this.assignSource(tx, fabric, false);
    await this.watchCluster(tx, fabric, true, false);
    await this.outbox.add(tx, 'fabric.state_changed', { fabricId: fabric.id, name: fabric.name, from: null, to: fabric.state }, { fabricId: fabric.id });
  }

  /** Git asks for something else now: the fabric may become active by it, and a plan is due. */
  async revisionAccepted(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    await this.activateIfReady(tx, fabric);
    await this.sync.refresh(tx, fabric);
    await this.queue.wantAutomatic(tx, fabric);
  }

  /** @throws Conflict STATE-001 naming the states that are allowed */
  async move(tx: EntityManager, fabric: FabricEntity, to: FabricState): Promise<void> {
    const from = fabric.state;
    fabricMachine.assertAllowed(fabric.name, from, to);
    fabric.state = to;
    await tx.update(FabricEntity, fabric.id, { state: to });
    await this.outbox.add(tx, 'fabric.state_changed', { fabricId: fabric.id, name: fabric.name, from, to }, { fabricId: fabric.id });
    if (to === 'active' && from === 'maintenance') await this.resume(tx, fabric);
    if (to === 'maintenance' || to === 'decommissioned') await this.suspend(tx, fabric, from);
    if (to === 'active') await this.queue.wantAutomatic(tx, fabric);
  }

  /** A planned fabric becomes active once its cluster answered and its source was read. */
  async activateIfReady(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    const isReadable = fabric.revision !== null || fabric.source.state === 'ready';
    if (fabric.state === 'planned' && fabric.connection.state === 'connected' && isReadable) await this.move(tx, fabric, 'active');
  }

  /** Tells git-sync what the fabric reads; each time under a higher generation. */
  async assignSource(tx: EntityManager, fabric: FabricEntity, raise = true): Promise<void> {
    if (raise) fabric.assignment += 1;
    await tx.update(FabricEntity, fabric.id, { assignment: fabric.assignment });
    await this.outbox.add(tx, 'source.assign', {
      fabricId: fabric.id, repositoryId: fabric.repositoryId, branch: fabric.branch, directory: fabric.directory, generation: fabric.assignment, knownTree: fabric.tree,
    }, { fabricId: fabric.id });
  }

  /** Tells k8s-sync what to watch, or to watch no more; each time under a higher generation. */
  async watchCluster(tx: EntityManager, fabric: FabricEntity, enabled: boolean, raise = true): Promise<void> {
    if (raise) fabric.watchGeneration += 1;
    fabric.watched = watchedHash;
    await tx.update(FabricEntity, fabric.id, { watchGeneration: fabric.watchGeneration, watched: fabric.watched });
    await this.outbox.add(tx, 'cluster.watch', { fabricId: fabric.id, generation: fabric.watchGeneration, enabled, kinds: watchedKinds }, { fabricId: fabric.id });
  }

  private async resume(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    await this.assignSource(tx, fabric);
    await this.watchCluster(tx, fabric, true);
  }

  private async suspend(tx: EntityManager, fabric: FabricEntity, from: FabricState): Promise<void> {
    await this.queue.forget(tx, fabric);
    if (from === 'active') await this.release(tx, fabric);
  }

  /** Nobody reads for the fabric any more. */
  async release(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    fabric.assignment += 1;
    await tx.update(FabricEntity, fabric.id, { assignment: fabric.assignment });
    await this.outbox.add(tx, 'source.release', { fabricId: fabric.id, generation: fabric.assignment }, { fabricId: fabric.id });
    await this.watchCluster(tx, fabric, false);
  }
}
