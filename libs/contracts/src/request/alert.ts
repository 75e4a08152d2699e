import { z } from 'zod';
import { alertSeveritySchema } from '../bus/alert.ts';
import { defineRequest } from '../define-request.ts';
import { pageOf, pageQuerySchema, referenceSchema } from '../page.ts';
import { alertDetailSchema, alertOutcomeSchema, alertStateSchema, alertViewSchema, bulkAlertActionSchema } from '../rest/alert.ts';

export const alertQuerySchema = pageQuerySchema.extend({
  fabric: referenceSchema.optional(), state: alertStateSchema.optional(), severity: alertSeveritySchema.optional(), type: z.string().max(100).optional(),
  /** Only those that hold and are told: active, acknowledged, reopened. */
  open: z.enum(['true', 'false']).transform((text) => text === 'true').optional(),
});

/** What fabric answers of alerts; the newest first. */
export const alertList = defineRequest({ method: 'alert.list', service: 'fabric', request: alertQuerySchema.extend({ open: z.boolean().optional() }), response: pageOf(alertViewSchema) });
export const alertGet = defineRequest({ method: 'alert.get', service: 'fabric', request: z.object({ alertId: z.uuid() }), response: alertDetailSchema });
export const alertChange = defineRequest({ method: 'alert.change', service: 'fabric', request: bulkAlertActionSchema, response: z.object({ items: z.array(alertOutcomeSchema) }) });
