import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** fabric takes back what has not been sent yet of an operation; each such step comes back as not_started. */
export const stepsCancelV1 = defineMessage({
  type: 'steps.cancel', version: 1, role: 'command', from: 'fabric', to: ['k8s-sync'],
  schema: z.object({
    fabricId: z.uuid(), operationId: z.uuid(), reason: z.string(),
    /** Only these steps, and what depends on them: a newer revision asks for something else. Absent: all of the operation. */
    stepIds: z.array(z.string()).optional(),
  }),
});
