import type { DriftPolicy } from '@heddle/contracts';
import type { FabricEntity } from '../fabrics/fabric.entity.ts';

/** The policy for drifts of a kind: the kind's own, else that for all, else what self-heal says. */
export function driftPolicyOf({ driftPolicies, selfHeal }: Pick<FabricEntity, 'driftPolicies' | 'selfHeal'>, kind: string): DriftPolicy {
  const rule = driftPolicies.find((each) => each.kind === kind) ?? driftPolicies.find((each) => each.kind === undefined);
  return rule?.policy ?? (selfHeal ? 'always_revert' : 'ask');
}
