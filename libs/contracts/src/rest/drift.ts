import { z } from 'zod';
import { driftFieldSchema } from '../diff.ts';

export const driftViewSchema = z.object({
  id: z.uuid(),
  fabricId: z.uuid(),
  kind: z.string(),
  name: z.string(),
  /** changed: fields differ; deleted: gone from the cluster; the state of the entry is in `state`. */
  type: z.enum(['changed', 'deleted']),
  state: z.enum(['open', 'reverting', 'resolved']),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  fields: z.array(driftFieldSchema),
  /** Field managers that wrote the differing values. */
  managers: z.array(z.string()),
  detectedAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  /** How it was resolved: reverted, converged (live came back by itself), superseded (Git changed). */
  resolution: z.string().nullable(),
  operationId: z.uuid().nullable(),
});
export type DriftView = z.infer<typeof driftViewSchema>;
