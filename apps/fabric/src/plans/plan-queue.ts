import { Clock, onCommit } from '@heddle/platform';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { storedContext } from '../telemetry/stored-context.ts';
import { FabricEntity } from '../fabrics/fabric.entity.ts';

/** Wishes for a plan, as a column of the fabric; a loop carries them out. Wakes it after the commit. */
@Injectable()
export class PlanQueue {
  readonly #listeners = new Set<() => void>();

  constructor(private readonly clock: Clock) {}

  /** Calls back when work came up in this process; what others wish is found by polling. */
  onWork(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Wakes the loop when `tx` has committed. */
  wakeAfter(tx: EntityManager): void {
    onCommit(tx, () => this.#listeners.forEach((listener) => listener()));
  }

  /** A plan by Heddle itself, where the fabric's policy and state allow one. */
  async wantAutomatic(tx: EntityManager, fabric: FabricEntity, delayMs = 0): Promise<void> {
    if (!fabric.automaticSync || fabric.state !== 'active') return;
    const due = new Date(this.clock.now().getTime() + delayMs);
    if (fabric.planDueAt && fabric.planDueAt <= due) return this.wakeAfter(tx);
    fabric.planDueAt = due;
    await tx.update(FabricEntity, fabric.id, { planDueAt: due, planContext: storedContext() });
    this.wakeAfter(tx);
  }

  async forget(tx: EntityManager, fabric: FabricEntity): Promise<void> {
    fabric.planDueAt = null;
    await tx.update(FabricEntity, fabric.id, { planDueAt: null });
  }
}
