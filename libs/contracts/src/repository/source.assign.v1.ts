import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** fabric tells git-sync what a fabric reads: published when a fabric becomes active or its source changes. Idempotent by fabric; the higher `generation` wins. */
export const sourceAssignV1 = defineMessage({
  type: 'source.assign', version: 1, role: 'command', from: 'fabric', to: ['git-sync'],
  schema: z.object({
    fabricId: z.uuid(),
    repositoryId: z.uuid(),
    branch: z.string().min(1),
    /** Directory within the repository without leading or trailing slash; empty is the root. */
    directory: z.string(),
    /** Raised by fabric with each change of the assignment. */
    generation: z.number().int().positive(),
    /** Tree that fabric has already, or null: the first revision is sent whole. */
    knownTree: z.string().nullable(),
  }),
});
