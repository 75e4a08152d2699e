import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { alertSchema } from './alert.ts';

/** A service tells that an alert of `bus.alert_fired` fires no more. */
export const busAlertResolvedV1 = defineMessage({
  type: 'bus.alert_resolved', version: 1, role: 'event', from: 'every service', to: ['fabric', 'notification'],
  schema: alertSchema.pick({ alert: true, severity: true, service: true, replica: true, labels: true, since: true, summary: true }).extend({
    resolvedAt: z.iso.datetime(),
    /** `Cleared`: the condition is gone; `ReplicaGone`: the process that saw it has ended. */
    reason: z.enum(['Cleared', 'ReplicaGone']),
  }),
});
