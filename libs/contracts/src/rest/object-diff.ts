import { z } from 'zod';
import { fieldChangeSchema } from '../diff.ts';

/** What differs between Git and the API server of one object, after defaulting and without what the fabric ignores. */
export const objectDiffSchema = z.object({
  kind: z.string(),
  name: z.string(),
  /** What would bring the API server in line with Git; `delete`: no longer in Git, and deleted only where pruning is on. */
  action: z.enum(['create', 'update', 'delete']),
  /** From live to Git. */
  changes: z.array(fieldChangeSchema),
  /** Somebody else changed it in the cluster. */
  drifted: z.boolean(),
  /** Git and somebody else changed the same field differently. */
  conflict: z.boolean(),
});
export type ObjectDiff = z.infer<typeof objectDiffSchema>;
