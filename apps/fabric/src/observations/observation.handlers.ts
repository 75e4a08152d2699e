import { type BatchContext, type BatchItemOf, OnMessages } from '@heddle/messaging';
import { Controller } from '@nestjs/common';
import { AgentService } from '../convergence/agent.service.ts';
import { ObservationService } from './observation.service.ts';

/** A fabric's messages each lock its row: few in one transaction, so that others don't wait long. */
const BATCH = { size: 20, waitMs: 4 };

/** Queue names follow from the message types and are permanent. */
@Controller()
export class ObservationHandlers {
  constructor(private readonly observations: ObservationService, private readonly agents: AgentService) {}

  @OnMessages('objects.observed', { batch: BATCH })
  async objects(items: BatchItemOf<'objects.observed'>[], { tx }: BatchContext): Promise<void> {
    for (const { data } of inLockOrder(items)) await this.observations.observe(tx, data);
  }

  @OnMessages('agents.observed', { batch: BATCH })
  async agentsObserved(items: BatchItemOf<'agents.observed'>[], { tx }: BatchContext): Promise<void> {
    for (const { data } of inLockOrder(items)) await this.agents.observe(tx, data);
  }
}

/** Fabrics are locked in one order by everybody. */
function inLockOrder<Item extends { data: { fabricId: string } }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (a.data.fabricId < b.data.fabricId ? -1 : a.data.fabricId > b.data.fabricId ? 1 : 0));
}
