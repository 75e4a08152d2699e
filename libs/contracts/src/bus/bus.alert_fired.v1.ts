import { defineMessage } from '../define-message.ts';
import { alertSchema } from './alert.ts';

/** A service tells that one of its alerts began to fire: once, however many replicas saw it. */
export const busAlertFiredV1 = defineMessage({
  type: 'bus.alert_fired', version: 1, role: 'event', from: 'every service', to: ['fabric', 'notification'],
  schema: alertSchema,
});
