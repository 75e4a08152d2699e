import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** fabric tells that an operation began. */
export const operationStartedV1 = defineMessage({
  type: 'operation.started', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(), operationId: z.uuid(), number: z.number(), type: z.string(), trigger: z.string(),
    planHash: z.string(), commit: z.string().nullable(), steps: z.number(),
  }),
});
