import type { OperationSummary, OperationView, Wait } from '@heddle/contracts';
import type { EntityManager } from 'typeorm';
import type { OperationEntity } from './operation.entity.ts';
import { operationOwner, operationWait } from './operation-wait.ts';
import { countSteps, NO_STEPS, readSteps, type StepCounts, type StepRow } from './step-store.ts';
import { stepWaits } from './step-wait.ts';
import { readAhead, type WaitReader, waitReader } from './wait-facts.ts';

export async function operationView(tx: EntityManager, operation: OperationEntity, waitFacts: WaitReader = waitReader(tx)): Promise<OperationView> {
  const counts = (await countSteps(tx, [operation.id])).get(operation.id) ?? NO_STEPS;
  const steps = await readSteps(tx, operation.id);
  const waits = stepWaits(steps, await waitFacts(operation));
  const ahead = (await readAhead(tx, [operation.id])).get(operation.id) ?? null;
  const unsent = steps.filter(({ state }) => state === 'planned').length;
  return {
    ...summaryOf(operation, counts), owner: operationOwner(operation, unsent), wait: operationWait(operation, ahead, waits.values()),
    steps: steps.map((step) => stepView(step, waits.get(step.stepId) ?? null)),
  };
}

/** In lists only what waits for its turn says what it waits for: the others are asked one by one. */
export async function operationSummaries(tx: EntityManager, operations: readonly OperationEntity[]): Promise<Map<string, OperationSummary>> {
  const counts = await countSteps(tx, operations.map(({ id }) => id));
  const ahead = await readAhead(tx, operations.filter(({ state }) => state === 'pending').map(({ id }) => id));
  return new Map(operations.map((operation) => [operation.id, {
    ...summaryOf(operation, counts.get(operation.id) ?? NO_STEPS), owner: operationOwner(operation, 0),
    ...(operation.state === 'pending' && { wait: operationWait(operation, ahead.get(operation.id) ?? null, []) }),
  }]));
}

function summaryOf(operation: OperationEntity, counts: StepCounts): OperationSummary {
  const { id, fabricId, number, type, trigger, actor, planId, commit, state, reason, message, createdAt, startedAt, finishedAt, deadline, heartbeatAt } = operation;
  return {
    id, fabricId, number, type, trigger, actor, planId, commit, state, reason, message, counts, heartbeatAt: heartbeatAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(), startedAt: startedAt?.toISOString() ?? null, finishedAt: finishedAt?.toISOString() ?? null, deadline: deadline.toISOString(),
  };
}

function stepView({ stepId, action, kind, name, state, attempt, reason, message, remedy, at }: StepRow, wait: Wait | null): OperationView['steps'][number] {
  return { stepId, action, kind, name, state, attempt, reason, message, remedy, at: at?.toISOString() ?? null, wait };
}
