import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { driftNewsSchema } from '../rest/drift.ts';

/** fabric tells of objects whose live state left the desired one by somebody else's hand. */
export const driftDetectedV1 = defineMessage({
  type: 'drift.detected', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({ fabricId: z.uuid(), items: z.array(driftNewsSchema) }),
});
