import { z } from 'zod';

/**
 * Fields that don't count as a difference between Git and the cluster: something else than Heddle may write them.
 * A rule without kind or name holds for all of them.
 */
export const ignoreRuleSchema = z.object({
  kind: z.string().min(1).max(63).optional(),
  name: z.string().min(1).max(253).optional(),
  /**
   * Path of the field as findings and diffs write it; `*` stands for any key or list entry:
   * `spec.subnets.*.vlan`, `spec.fabric.links[*].leaf.ip`, `metadata.annotations[example.com/note]`.
   */
  path: z.string().min(1).max(500),
  /** Only where one of these field managers wrote the live value, as managedFields tell; absent: whoever wrote it. */
  managers: z.array(z.string().min(1).max(128)).min(1).max(20).optional(),
});
export type IgnoreRule = z.infer<typeof ignoreRuleSchema>;
