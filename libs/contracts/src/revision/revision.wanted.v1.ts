import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** fabric asks git-sync for the current revision against the tree it has; null asks for all of it. Idempotent by fabric and `sequence`: the higher one wins. */
export const revisionWantedV1 = defineMessage({
  type: 'revision.wanted', version: 1, role: 'command', from: 'fabric', to: ['git-sync'],
  schema: z.object({
    fabricId: z.uuid(), fromTree: z.string().nullable(), reason: z.string(),
    /** Rises with each question of the fabric; one without is answered in any case. */
    sequence: z.number().int().positive().optional(),
  }),
});
