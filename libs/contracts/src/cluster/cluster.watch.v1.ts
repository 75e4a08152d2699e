import { z } from 'zod';
import { defineMessage } from '../define-message.ts';
import { kindAddressSchema } from '../kubernetes-object.ts';

/** fabric tells k8s-sync what to watch of a fabric, and which fields may travel. Idempotent; the higher `generation` wins. */
export const clusterWatchV1 = defineMessage({
  type: 'cluster.watch', version: 1, role: 'command', from: 'fabric', to: ['k8s-sync'],
  schema: z.object({
    fabricId: z.uuid(),
    generation: z.number().int().positive(),
    /** False stops all watches (maintenance, decommissioned). */
    enabled: z.boolean(),
    namespace: z.string().default('default'),
    kinds: z.array(kindAddressSchema.extend({
      /** `object`: metadata, spec and managedFields travel; `agent`: only the projected fields. */
      role: z.enum(['object', 'agent']),
      /** Dotted paths that travel; null: metadata and spec. */
      projection: z.array(z.string()).nullable(),
      /** Paths whose change alone is reported at most this often, milliseconds. */
      throttle: z.array(z.object({ path: z.string(), everyMs: z.number().int().positive() })).default([]),
      /** Dotted paths of which is told whether the cluster's schema of the kind has them: releases are told apart by them. */
      fields: z.array(z.string()).optional(),
    })),
  }),
});
