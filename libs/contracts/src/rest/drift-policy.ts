import { z } from 'zod';

/**
 * What Heddle does about a drift by itself. `ask`: nothing, a person decides. `always_revert`: it puts back what Git says,
 * also where Git changed the field meanwhile. `observe_only`: the drift is recorded, nobody is asked and nothing is put back.
 */
export const driftPolicySchema = z.enum(['ask', 'always_revert', 'observe_only']);
export type DriftPolicy = z.infer<typeof driftPolicySchema>;

/** A policy for one kind, or for all that have none of their own. */
export const driftPolicyRuleSchema = z.object({ kind: z.string().min(1).max(63).optional(), policy: driftPolicySchema });
export type DriftPolicyRule = z.infer<typeof driftPolicyRuleSchema>;
