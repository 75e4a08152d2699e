import { z } from 'zod';
import { nameSchema } from '../page.ts';

export const deliveryFormatSchema = z.enum(['envelope', 'cloudevents']);
export type DeliveryFormat = z.infer<typeof deliveryFormatSchema>;

/** A subscription of a signed webhook (Standard Webhooks) to event types. */
export const subscriptionSpecSchema = z.object({
  name: nameSchema,
  /** Shown to whoever reads the subscription, so it carries no user and password; the signature is what proves the sender. */
  url: z.url({ protocol: /^https?$/ }).refine((url) => !URL.canParse(url) || (new URL(url).username === '' && new URL(url).password === ''), 'must not carry a user or password'),
  /** Patterns over event types: exact, `fabric.*`, or `*`. */
  types: z.array(z.string().regex(/^(\*|[a-z_]+\.(\*|[a-z_]+))$/)).min(1),
  /** Fabric ids; absent: all. */
  fabrics: z.array(z.uuid()).optional(),
  /** `whsec_` + base64; generated and returned once when left out. */
  secret: z.string().regex(/^whsec_[A-Za-z0-9+/=]{32,}$/).optional(),
  /** How an event is sent: `envelope`, as it is logged; `cloudevents`, as a CloudEvent 1.0 in structured mode. */
  format: deliveryFormatSchema.default('envelope'),
  enabled: z.boolean().default(true),
});
export type SubscriptionSpec = z.infer<typeof subscriptionSpecSchema>;
export const subscriptionViewSchema = z.object({
  id: z.uuid(), name: z.string(), url: z.string(), types: z.array(z.string()), fabrics: z.array(z.uuid()).nullable(), format: deliveryFormatSchema,
  enabled: z.boolean(), createdAt: z.iso.datetime(),
  /** Only in the answer to the creation, when Heddle generated it. */
  secret: z.string().optional(),
});
export type SubscriptionView = z.infer<typeof subscriptionViewSchema>;
export const deliveryViewSchema = z.object({
  id: z.uuid(), subscriptionId: z.uuid(), eventId: z.uuid(), eventType: z.string(),
  state: z.enum(['pending', 'delivered', 'failed']),
  attempts: z.array(z.object({ at: z.iso.datetime(), status: z.number().nullable(), message: z.string(), milliseconds: z.number() })),
  nextTryAt: z.iso.datetime().nullable(), createdAt: z.iso.datetime(),
  /** The replay that it belongs to; null for the delivery of the event when it happened. */
  replayId: z.uuid().nullable(),
});
export type DeliveryView = z.infer<typeof deliveryViewSchema>;
/** An event as the log keeps it. `position` is what Last-Event-ID carries. */
export const loggedEventSchema = z.object({
  position: z.string(),
  event: z.record(z.string(), z.unknown()),
});
export type LoggedEvent = z.infer<typeof loggedEventSchema>;
