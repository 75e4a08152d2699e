import { z } from 'zod';

/** What is wrong with a document or an object, where, and what to do about it. */
export const findingSchema = z.object({
  /** Id of the rule, e.g. `yaml-syntax`, `vpc-name-length`. */
  rule: z.string().min(1),
  /** `error` keeps the object from being planned; `warning` is shown. */
  severity: z.enum(['error', 'warning']),
  message: z.string().min(1),
  remedy: z.string().min(1),
  /** Path of the field within the object, e.g. `spec.subnets.default.vlan`. */
  field: z.string().optional(),
  kind: z.string().optional(),
  name: z.string().optional(),
  /** File, relative to the fabric's directory. */
  path: z.string().optional(),
  /** Position of the document within the file, from 0. */
  document: z.number().int().nonnegative().optional(),
  /** Line within the file, from 1. */
  line: z.number().int().positive().optional(),
});
export type Finding = z.infer<typeof findingSchema>;
