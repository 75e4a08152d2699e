import type { PlanStep, Step } from '@heddle/contracts';
import { descriptorOf } from '@heddle/hedgehog';
import type { PlannedStep } from '../plans/plan-sync.ts';

const ACTIONS: Readonly<Record<PlanStep['action'], Step['action']>> = { create: 'create', update: 'apply', revert: 'apply', delete: 'delete', take_ownership: 'take_ownership' };

/** A planned step as k8s-sync carries it out, complete: it knows nothing of kinds. */
export function stepMessage(step: PlannedStep, bodies: ReadonlyMap<string, NonNullable<Step['body']>>): Step {
  const descriptor = descriptorOf(step.kind);
  if (!descriptor) throw new Error(`No descriptor of kind ${step.kind}`);
  const { group, version, plural, kind } = descriptor;
  const body = bodies.get(step.stepId);
  return {
    stepId: step.stepId, attempt: 1, action: ACTIONS[step.action], target: { group, version, plural, kind, namespace: 'default', name: step.name },
    ...(body && { body }),
    preconditions: step.preconditions, ...(step.fromManagers.length > 0 && { fromManagers: step.fromManagers }), force: step.force, dependsOn: step.dependsOn,
  };
}
