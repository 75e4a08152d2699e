import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { alertStateSchema, alertViewSchema } from '../rest/alert.ts';

/** fabric tells that an alert was acknowledged or suppressed, or that its severity is another. */
export const alertChangedV1 = defineMessage({
  type: 'alert.changed', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({ alert: alertViewSchema, from: alertStateSchema.nullable(), reason: z.string() }),
});
