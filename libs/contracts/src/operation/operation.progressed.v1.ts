import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** fabric tells how far an operation is: one event per batch of outcomes, with its items. */
export const operationProgressedV1 = defineMessage({
  type: 'operation.progressed', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(), operationId: z.uuid(), total: z.number(), finished: z.number(),
    items: z.array(z.object({ kind: z.string(), name: z.string(), action: z.string(), outcome: z.string(), reason: z.string() })),
  }),
});
