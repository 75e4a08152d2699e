import { z } from 'zod';

/**
 * `document`, `duplicate`, `object`, `directory`: about what Git asks for. `agent`: a switch or gateway tells of it.
 * `live`: about what lives in the cluster without Git or otherwise than in Git; it counts after a time of grace.
 */
export const findingSourceSchema = z.enum(['document', 'duplicate', 'object', 'directory', 'agent', 'live']);

/** What is wrong with a document or an object, where, and what to do about it. */
export const findingSchema = z.object({
  /** Id of the rule, e.g. `yaml-syntax`, `vpc-name-length`. */
  rule: z.string().min(1),
  /** `error` about what Git asks for keeps the object from being planned; `warning` is shown. */
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
  /** Where it comes from; see `findingSourceSchema`. */
  source: findingSourceSchema.optional(),
  /** Since when it holds. */
  since: z.iso.datetime().optional(),
});
export type Finding = z.infer<typeof findingSchema>;
