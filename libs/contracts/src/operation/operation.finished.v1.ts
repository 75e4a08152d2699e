import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { operationStateSchema } from '../rest/operation.ts';

/** fabric tells that every step of an operation has a final outcome. Convergence on the switches follows later (`resources.converged`). */
export const operationFinishedV1 = defineMessage({
  type: 'operation.finished', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({
    fabricId: z.uuid(), operationId: z.uuid(), state: operationStateSchema, reason: z.string(), message: z.string(),
    done: z.number(), stalled: z.number(), notStarted: z.number(),
  }),
});
