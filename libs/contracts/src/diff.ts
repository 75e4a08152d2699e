import { z } from 'zod';

/** One field in which two sides differ; an absent side has no key. */
export const fieldChangeSchema = z.object({
  /** Path of the field, lists addressed by natural key, e.g. `spec.subnets.default.vlan`. */
  path: z.string(),
  from: z.unknown().optional(),
  to: z.unknown().optional(),
});
export type FieldChange = z.infer<typeof fieldChangeSchema>;

/** A field that live and desired disagree on. */
export const driftFieldSchema = z.object({
  path: z.string(),
  desired: z.unknown().optional(),
  live: z.unknown().optional(),
  /** The field manager that wrote the live value, where managedFields tell. */
  manager: z.string().nullable(),
  /** Whether that manager applied the value or wrote it, and when. */
  operation: z.enum(['Apply', 'Update']).optional(),
  time: z.string().optional(),
  /** Git changed the field as well since Heddle applied it last, to something else; `base` is what both began from. */
  conflict: z.boolean().optional(),
  base: z.unknown().optional(),
});
export type DriftField = z.infer<typeof driftFieldSchema>;
