import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { objectRefSchema } from '../rest/object-ref.ts';

/** fabric tells that objects reached all the switches that they concern. */
export const resourcesConvergedV1 = defineMessage({
  type: 'resources.converged', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(), commit: z.string().nullable(), items: z.array(objectRefSchema),
    /** True when nothing of the fabric is waited for any more. */
    complete: z.boolean(),
  }),
});
