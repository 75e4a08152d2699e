import { z } from 'zod';

/** A statement about a fabric or an object, in the manner of Kubernetes conditions. */
export const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  /** CamelCase, for programs. */
  reason: z.string(),
  /** For people: what, on which object, what to do. */
  message: z.string(),
  since: z.iso.datetime(),
  /** When what it tells of is tried again by itself; null: it is not. Absent: nothing is tried. */
  nextTryAt: z.iso.datetime().nullable().optional(),
  /** Number of that try, the first being 1. */
  try: z.number().int().positive().optional(),
  /** What a person can do about it. */
  remedy: z.string().nullable().optional(),
});
export type Condition = z.infer<typeof conditionSchema>;

/** State of the circuit breaker towards one remote (repository, cluster, webhook). */
export const breakerSchema = z.object({
  state: z.enum(['closed', 'open', 'half-open']),
  /** When the next try is let through, while open. */
  nextTryAt: z.iso.datetime().nullable(),
  lastError: z.string().nullable(),
});
export type BreakerView = z.infer<typeof breakerSchema>;
