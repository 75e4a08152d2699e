import { z } from 'zod';
import { defineMessage } from '../define-message.ts';

/** notification tells that a webhook's delivery was given up after its last try. Never delivered to webhooks itself. */
export const deliveryFailedV1 = defineMessage({
  type: 'delivery.failed', version: 1, role: 'event', from: 'notification', to: ['notification'],
  schema: z.object({ subscriptionId: z.uuid(), deliveryId: z.uuid(), eventId: z.uuid(), message: z.string() }),
});
