import { z } from 'zod';

/** problem+json (RFC 9457) as every error of the REST API answers. */
export const problemSchema = z.object({
  /** `urn:heddle:error:<code>` */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** What failed, on which object. */
  detail: z.string(),
  /** From the error catalogue, e.g. `VAL-001`. */
  code: z.string(),
  /** How bad it is for whoever runs Heddle, by the error catalogue; missing for a code of another release. */
  severity: z.enum(['info', 'warning', 'error', 'critical']).optional(),
  /** What to do. */
  remedy: z.string(),
  instance: z.string().optional(),
  correlationId: z.string().optional(),
  /** Seconds, where trying again helps. */
  retryAfter: z.number().optional(),
  /** Per field, for invalid input. */
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;
