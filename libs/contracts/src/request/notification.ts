import { z } from 'zod';
import { defineRequest } from '../define-request.ts';
import { pageOf, pageQuerySchema, referenceSchema } from '../page.ts';
import { patchOf } from '../patch-of.ts';
import { deliveryViewSchema, loggedEventSchema, subscriptionSpecSchema, subscriptionViewSchema } from '../rest/subscription.ts';

const subscription = z.object({ subscription: referenceSchema });

/** What notification answers. */
export const subscriptionCreate = defineRequest({ method: 'subscription.create', service: 'notification', request: subscriptionSpecSchema, response: subscriptionViewSchema });
export const subscriptionList = defineRequest({ method: 'subscription.list', service: 'notification', request: pageQuerySchema, response: pageOf(subscriptionViewSchema) });
export const subscriptionGet = defineRequest({ method: 'subscription.get', service: 'notification', request: subscription, response: subscriptionViewSchema });
export const subscriptionUpdate = defineRequest({ method: 'subscription.update', service: 'notification', request: subscription.extend({ patch: patchOf(subscriptionSpecSchema) }), response: subscriptionViewSchema });
export const subscriptionDelete = defineRequest({ method: 'subscription.delete', service: 'notification', request: subscription, response: z.object({ id: z.uuid() }) });
export const deliveryList = defineRequest({ method: 'delivery.list', service: 'notification', request: pageQuerySchema.extend({ subscription: referenceSchema, state: z.enum(['pending', 'delivered', 'failed']).optional() }), response: pageOf(deliveryViewSchema) });
/**
 * Events after a position, in order. With `waitMs` the answer is held back until there is one (long poll), which is
 * how the gateway feeds its server-sent events. `after` absent: from the end of the log (the answer's `last` tells where that is).
 */
export const eventList = defineRequest({
  method: 'event.list', service: 'notification', deadlineMs: 30_000,
  request: z.object({
    after: z.string().optional(), limit: z.number().int().min(1).max(500).default(200), waitMs: z.number().int().min(0).max(25_000).default(0),
    fabricId: z.uuid().optional(), types: z.array(z.string()).optional(),
  }),
  response: z.object({ items: z.array(loggedEventSchema), last: z.string() }),
});
