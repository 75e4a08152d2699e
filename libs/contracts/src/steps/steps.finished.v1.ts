import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { outcomeSchema } from './outcome.ts';

/** k8s-sync reports outcomes, flushed every 100 ms or 100 steps. fabric takes only (operation, step, attempt) that it knows. */
export const stepsFinishedV1 = defineMessage({
  type: 'steps.finished', version: 1, role: 'transfer', from: 'k8s-sync', to: ['fabric'],
  schema: z.object({
    fabricId: z.uuid(), operationId: z.uuid(), jobId: z.uuid(), epoch: z.number().int().nonnegative(),
    outcomes: z.array(z.object({
      stepId: z.string(), attempt: z.number().int().positive(), at: z.iso.datetime(), outcome: outcomeSchema,
    })),
  }),
});
