import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** fabric tells git-sync that a fabric is read no longer (maintenance, decommissioned). */
export const sourceReleaseV1 = defineMessage({
  type: 'source.release', version: 1, role: 'command', from: 'fabric', to: ['git-sync'],
  schema: z.object({ fabricId: z.uuid(), generation: z.number().int().positive() }),
});
