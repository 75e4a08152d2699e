import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** fabric tells that drifts ended, and how. */
export const driftResolvedV1 = defineMessage({
  type: 'drift.resolved', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(),
    items: z.array(z.object({ driftId: z.uuid(), kind: z.string(), name: z.string(), resolution: z.string() })),
  }),
});
