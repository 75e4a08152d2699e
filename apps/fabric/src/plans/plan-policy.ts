import { type PlanPolicy, planPolicySchema, type PlanPolicyPatch } from '@heddle/contracts';

/** The policy in force: what the fabric has stored of its own, and the defaults of the rest. */
export function planPolicyOf({ planPolicy }: { planPolicy: PlanPolicyPatch }): PlanPolicy {
  return planPolicySchema.parse(planPolicy);
}

/** What is stored after a change: fields that the change does not name stay as they were. */
export function mergePlanPolicy(stored: PlanPolicyPatch, { budget, dryRun, vniPauseSeconds }: PlanPolicyPatch): PlanPolicyPatch {
  return {
    ...stored, ...(dryRun !== undefined && { dryRun }), ...(vniPauseSeconds !== undefined && { vniPauseSeconds }),
    ...(budget && { budget: { ...stored.budget, ...budget } }),
  };
}

/** The rest of a fabric's policy, which has columns of its own. */
export function withoutPlanPolicy<Policy extends PlanPolicyPatch>(policy: Policy): Omit<Policy, keyof PlanPolicyPatch> {
  const { budget: _budget, dryRun: _dryRun, vniPauseSeconds: _pause, ...rest } = policy;
  return rest;
}
