import { z } from 'zod';

/** Result of a test of a connection: the steps in order; the first failed one ends it. */
export const connectionTestSchema = z.object({
  ok: z.boolean(),
  steps: z.array(z.object({
    /** E.g. resolve, connect, tls, authenticate, list-branches, read-directory; resolve, connect, tls, authenticate, authorise, kinds. */
    step: z.string(),
    status: z.enum(['passed', 'failed', 'skipped']),
    message: z.string(),
    remedy: z.string().optional(),
    milliseconds: z.number().nonnegative(),
  })),
});
export type ConnectionTest = z.infer<typeof connectionTestSchema>;
