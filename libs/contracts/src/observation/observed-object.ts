import { z } from 'zod';

/** Who wrote which fields of a live object, from managedFields. */
export const fieldManagerSchema = z.object({
  manager: z.string(),
  operation: z.enum(['Apply', 'Update']),
  subresource: z.string().optional(),
  time: z.string().optional(),
  /** fieldsV1 as the server sent it. */
  fields: z.record(z.string(), z.unknown()),
});
export type FieldManager = z.infer<typeof fieldManagerSchema>;

/** A live object, or the news that it is gone. */
export const observedObjectSchema = z.object({
  change: z.enum(['present', 'deleted']),
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().int().nonnegative(),
  /** Set while finalizers keep a deleted object. */
  deletionTimestamp: z.string().nullable(),
  /** Names of the finalizers that are left. */
  finalizers: z.array(z.string()).default([]),
  /** metadata.labels, metadata.annotations and spec; for role `agent` just the projected paths, nested. Absent when deleted. */
  object: z.record(z.string(), z.unknown()).nullable(),
  managers: z.array(fieldManagerSchema).default([]),
});
export type ObservedObject = z.infer<typeof observedObjectSchema>;

/** Common to both observation transfers. (watchEpoch, sequence) is compared in SQL: only what is newer is taken. */
export const observationSchema = z.object({
  fabricId: z.uuid(),
  /** Epoch of the lease of the watching replica. */
  watchEpoch: z.number().int().nonnegative(),
  /** Rises with each message of one fabric within an epoch. */
  sequence: z.number().int().nonnegative(),
  kind: z.string(),
  /** `snapshot`: the whole kind, in chunks; what is not in it is gone. `changes`: only these. */
  mode: z.enum(['snapshot', 'changes']),
  snapshot: z.object({ id: z.uuid(), chunk: z.number().int().positive(), chunks: z.number().int().positive() }).optional(),
  /** resourceVersion of the list or the last event. */
  resourceVersion: z.string(),
  observedAt: z.iso.datetime(),
  items: z.array(observedObjectSchema),
});
export type Observation = z.infer<typeof observationSchema>;
