import type { OperationSummary, OperationView } from '@heddle/contracts';
import type { EntityManager } from 'typeorm';
import type { OperationEntity } from './operation.entity.ts';
import { countSteps, NO_STEPS, readSteps, type StepCounts, type StepRow } from './step-store.ts';

export async function operationView(tx: EntityManager, operation: OperationEntity): Promise<OperationView> {
  const counts = (await countSteps(tx, [operation.id])).get(operation.id) ?? NO_STEPS;
  return { ...summaryOf(operation, counts), steps: (await readSteps(tx, operation.id)).map(stepView) };
}

export async function operationSummaries(tx: EntityManager, operations: readonly OperationEntity[]): Promise<Map<string, OperationSummary>> {
  const counts = await countSteps(tx, operations.map(({ id }) => id));
  return new Map(operations.map((operation) => [operation.id, summaryOf(operation, counts.get(operation.id) ?? NO_STEPS)]));
}

function summaryOf(operation: OperationEntity, counts: StepCounts): OperationSummary {
  const { id, fabricId, number, type, trigger, actor, planId, commit, state, reason, message, createdAt, startedAt, finishedAt, deadline } = operation;
  return {
    id, fabricId, number, type, trigger, actor, planId, commit, state, reason, message, counts,
    createdAt: createdAt.toISOString(), startedAt: startedAt?.toISOString() ?? null, finishedAt: finishedAt?.toISOString() ?? null, deadline: deadline.toISOString(),
  };
}

function stepView({ stepId, action, kind, name, state, attempt, reason, message, remedy, at }: StepRow): OperationView['steps'][number] {
  return { stepId, action, kind, name, state, attempt, reason, message, remedy, at: at?.toISOString() ?? null };
}
