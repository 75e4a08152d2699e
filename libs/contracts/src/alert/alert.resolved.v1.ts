import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { alertStateSchema, alertViewSchema } from '../rest/alert.ts';

/** fabric tells that an alert is over, by itself or by a person's word. */
export const alertResolvedV1 = defineMessage({
  type: 'alert.resolved', version: 1, role: 'event', from: 'fabric', to: ['notification'],
  schema: z.object({ alert: alertViewSchema, from: alertStateSchema.nullable(), reason: z.string() }),
});
