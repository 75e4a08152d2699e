import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { alertStateSchema, alertViewSchema } from '../rest/alert.ts';

/** fabric tells that an alert became active: it is new, came back, or is suppressed no longer. One for one cause. */
export const alertRaisedV1 = defineMessage({
  type: 'alert.raised', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({ alert: alertViewSchema, from: alertStateSchema.nullable(), reason: z.string() }),
});
