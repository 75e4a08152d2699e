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
});
export type DriftField = z.infer<typeof driftFieldSchema>;
