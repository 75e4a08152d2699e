import { z } from 'zod';
import { alertSchema } from '../bus/alert.ts';
import { defineRequest } from '../define-request.ts';
import { type ServiceName } from '../define-message.ts';

/** A queue as the answering replica last saw it. */
export const queueViewSchema = z.object({
  queue: z.string(),
  /** Messages that wait; null when the queue can't be asked. */
  messages: z.number().nullable(), consumers: z.number().nullable(),
  /** Age of the oldest waiting message at most, seconds; 0 when none waits. */
  lagSeconds: z.number().nullable(),
});
export type QueueView = z.infer<typeof queueViewSchema>;

/** A message of the outbox that no queue took. */
export const heldMessageSchema = z.object({
  messageId: z.uuid(), type: z.string(),
  /** The ordering key that waits with it; null: it holds up no other. */
  key: z.string().nullable(),
  /** Messages of the key that wait behind it. */
  waiting: z.number().int(),
  /** How often it came back. */
  attempts: z.number().int(),
  reason: z.string(),
  nextTryAt: z.iso.datetime(),
});
export type HeldMessage = z.infer<typeof heldMessageSchema>;

/** The bus of one service, as the replica that answers sees it; null stands for what can't be known at the moment. */
export const busViewSchema = z.object({
  service: z.string(),
  observedAt: z.iso.datetime().nullable(),
  broker: z.object({
    product: z.string(), version: z.string(), quorumQueues: z.boolean(),
  }).nullable(),
  connections: z.array(z.object({ name: z.string(), connected: z.boolean(), fault: z.string().nullable() })),
  topologyDifferences: z.array(z.object({ entity: z.string(), reason: z.string(), remedy: z.string() })),
  queues: z.array(queueViewSchema),
  outbox: z.object({ messages: z.number(), held: z.number(), oldestSeconds: z.number() }).nullable(),
  /** What the outbox holds back, the oldest first, 20 at most; absent where it can't be known. */
  heldMessages: z.array(heldMessageSchema).optional(),
  parked: z.number().nullable(), dead: z.number().nullable(),
  /** What fires now. */
  alerts: z.array(alertSchema),
});
export type BusView = z.infer<typeof busViewSchema>;

/** Every service answers it for itself, the gateway too, as `<service>.bus`. */
export function busGet<const Service extends ServiceName>(service: Service) {
  return defineRequest({ method: `${service.replace('-', '_')}.bus`, service, request: z.object({}), response: busViewSchema, deadlineMs: 3_000 });
}

/** The whole bus: those services that could not be asked are named with the reason. */
export const meshBusSchema = z.object({
  services: z.array(busViewSchema),
  unreachable: z.array(z.object({ service: z.string(), reason: z.string(), remedy: z.string() })),
});
export type MeshBus = z.infer<typeof meshBusSchema>;
